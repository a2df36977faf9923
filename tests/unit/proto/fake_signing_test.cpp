// The stand-in that other tests trust must itself notice what a real signature would.
#include "tests/support/fake_signing.hpp"

#include <gtest/gtest.h>

#include <string>

namespace edgemesh {
namespace {

using testing::fake_signing;

TEST(FakeSigning, AcceptsWhatTheNamedKeySigned) {
  const auto keys = fake_signing::of(1);
  EXPECT_TRUE(keys.verify(fake_signing::key(1), "bytes", keys.sign("bytes")));
  EXPECT_TRUE(fake_signing::of(2).verify(fake_signing::key(1), "bytes", keys.sign("bytes")));
}
TEST(FakeSigning, RefusesAnotherKeyOtherBytesAndAnyFlippedBit) {
  const auto keys = fake_signing::of(1);
  const std::string bytes = "nineteen bytes here";
  const auto signature = keys.sign(bytes);
  EXPECT_FALSE(keys.verify(fake_signing::key(2), bytes, signature));
  EXPECT_FALSE(keys.verify(fake_signing::key(1), bytes + '\0', signature));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto changed = bytes;
    changed[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(keys.verify(fake_signing::key(1), changed, signature)) << bit;
  }
  for (std::size_t bit = 0; bit < node_signature::size * 8; ++bit) {
    auto changed = signature;
    changed.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(keys.verify(fake_signing::key(1), bytes, changed)) << bit;
  }
}
TEST(FakeSigning, HashesDifferForDifferentBytes) {
  const auto keys = fake_signing::of(1);
  EXPECT_EQ(keys.hash("a"), fake_signing::of(2).hash("a"));
  EXPECT_NE(keys.hash("a"), keys.hash("b"));
  EXPECT_NE(keys.hash(""), keys.hash(std::string(1, '\0')));
}

}  // namespace
}  // namespace edgemesh
