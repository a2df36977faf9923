#include "proto/frame.hpp"

#include <gtest/gtest.h>

#include <string>

namespace edgemesh::proto {
namespace {

mesh_id mesh_of(std::uint8_t fill) {
  mesh_id mesh;
  mesh.bytes.fill(fill);
  return mesh;
}
const mesh_id ours = mesh_of(0xa5);

std::string frame_with(std::string_view payload) { return seal_frame(version_max, message_kind::ping, ours, payload); }
frame_fault fault_of(std::string_view bytes, const mesh_id& mesh = ours) {
  const auto opened = open_frame(bytes, mesh);
  EXPECT_FALSE(opened.has_value());
  return opened.has_value() ? frame_fault{} : opened.error();
}

// RFC 3720, appendix B.4.
TEST(Crc32c, GivesTheNumbersOfTheStandard) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string up, down;
  for (int i = 0; i < 32; ++i) up += static_cast<char>(i), down += static_cast<char>(31 - i);
  EXPECT_EQ(crc32c(up), 0x46dd794eu);
  EXPECT_EQ(crc32c(down), 0x113fdb5cu);
  const std::string read_command = {'\x01', '\xc0', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0,
                                    0,      0,      0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(crc32c(read_command), 0xd9963a56u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}
TEST(Crc32c, CanBeTakenInPieces) {
  const std::string text = "the quick brown fox jumps over the lazy dog, again and again";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(crc32c(std::string_view(text).substr(cut), crc32c(std::string_view(text).substr(0, cut))), crc32c(text));
}

TEST(Frame, OpensWhatWasSealed) {
  const auto bytes = frame_with("payload");
  const auto opened = open_frame(bytes, ours);
  ASSERT_TRUE(opened.has_value()) << name_of(opened.error());
  EXPECT_EQ(opened->version, version_max);
  EXPECT_EQ(opened->kind, message_kind::ping);
  EXPECT_EQ(opened->payload, "payload");
  EXPECT_TRUE(open_frame(frame_with(""), ours).has_value());
}
TEST(Frame, IsLaidOutAsSpecified) {
  EXPECT_EQ(frame_with("ab").substr(0, 26), "EMSH\x01\x02" + std::string(16, '\xa5') + std::string("\0\0\0\x02", 4));
  EXPECT_EQ(frame_with("ab").size(), frame_head_size + 2);
}
TEST(Frame, RefusesEveryFlippedBit) {
  const auto whole = frame_with("some payload of a ping");
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto changed = whole;
    changed[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(open_frame(changed, ours).has_value()) << "bit " << bit;
  }
}
TEST(Frame, RefusesEveryTruncationAndWhatFollowsIt) {
  const auto whole = frame_with("some payload");
  for (std::size_t size = 0; size < frame_head_size; ++size)
    EXPECT_EQ(fault_of(std::string_view(whole).substr(0, size)), frame_fault::too_short) << size;
  for (std::size_t size = frame_head_size; size < whole.size(); ++size)
    EXPECT_EQ(fault_of(std::string_view(whole).substr(0, size)), frame_fault::bad_length) << size;
  EXPECT_EQ(fault_of(whole + "x"), frame_fault::bad_length);
}
TEST(Frame, RefusesAnotherMeshMagicAndVersion) {
  EXPECT_EQ(fault_of(frame_with("x"), mesh_of(0xa4)), frame_fault::other_mesh);
  auto other = frame_with("x");
  other[0] = 'e';
  EXPECT_EQ(fault_of(other), frame_fault::bad_magic);
  EXPECT_EQ(fault_of(seal_frame(version_max + 1, message_kind::ping, ours, "x")), frame_fault::bad_version);
  EXPECT_EQ(fault_of(seal_frame(version_min - 1, message_kind::ping, ours, "x")), frame_fault::bad_version);
}
TEST(Frame, SaysBadChecksumWhenThePayloadChanged) {
  auto changed = frame_with("xyz");
  changed.back() = 'a';
  EXPECT_EQ(fault_of(changed), frame_fault::bad_checksum);
}
TEST(Frame, IsNeverLargerThanItsBound) {
  const auto largest = frame_with(std::string(payload_max, 'x'));
  EXPECT_EQ(largest.size(), frame_max);
  EXPECT_TRUE(open_frame(largest, ours).has_value());
  EXPECT_EQ(frame_with(std::string(payload_max + 1, 'x')), "");
  EXPECT_EQ(fault_of(largest + 'x'), frame_fault::bad_length);
}
TEST(Frame, PassesAKindThatItDoesNotKnow) {
  const auto bytes = seal_frame(version_max, static_cast<message_kind>(200), ours, "from a newer node");
  const auto opened = open_frame(bytes, ours);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(static_cast<int>(opened->kind), 200);
}
TEST(Frame, NamesItsFaults) {
  EXPECT_EQ(name_of(frame_fault::too_short), "too_short");
  EXPECT_EQ(name_of(frame_fault::bad_checksum), "bad_checksum");
}

}  // namespace
}  // namespace edgemesh::proto
