#include "replication/record_hash.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace edgemesh::replication {
namespace {

TEST(RecordHash, IsSipHash24UnderThePublicKey) {
  // Computed by another implementation, which was checked against the vector in the paper's appendix A.
  EXPECT_EQ(hash_of(""), 0xe079e8072bb159f1u);
  EXPECT_EQ(hash_of("a"), 0xb1fa502612aca959u);
  EXPECT_EQ(hash_of("edgemesh"), 0x5bf83f27cd3d4445u);
  EXPECT_EQ(hash_of("a record that is longer than two words of eight bytes"), 0x105a53f271c9939fu);
}

TEST(RecordHash, DoesNotCareHowTheBytesWereAdded) {
  const std::string text = "0123456789abcdefghijklmnopqrstuvwxyz";
  const auto whole = hash_of(text);
  for (std::size_t i = 0; i <= text.size(); ++i)
    for (std::size_t j = i; j <= text.size(); ++j)
      EXPECT_EQ(record_hash().add(text.substr(0, i)).add(text.substr(i, j - i)).add(text.substr(j)).finish(), whole);
}

TEST(RecordHash, TellsTextsApartThatDifferInOneBit) {
  std::string text(40, 'x');
  std::set<std::uint64_t> seen{hash_of(text)};
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    auto other = text;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(seen.insert(hash_of(other)).second);
  }
}

}  // namespace
}  // namespace edgemesh::replication
