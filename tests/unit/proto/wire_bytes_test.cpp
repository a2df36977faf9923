// The wire, byte by byte: what a node of this version writes today, nodes that are out there must be able to read. A line here changes
// only together with proto/README.md and the protocol's version, or because the meaning of no field changed (a new one was added).
#include <gtest/gtest.h>

#include <map>

#include "proto/frame.hpp"
#include "proto/limits.hpp"
#include "tests/unit/proto/samples.hpp"

namespace edgemesh::proto {
namespace {

using namespace samples;

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<std::uint8_t>(c) >> 4];
    out += "0123456789abcdef"[static_cast<std::uint8_t>(c) & 15];
  }
  return out;
}
std::string bytes_of(std::string_view text) {
  std::string out;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return out;
}

/// The key of RFC 8032, 7.1, test 1, and its true Ed25519 signature of the one record below.
class standard_signing : public proto::signing {
 public:
  standard_signing()
      : key_(*node_key::from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")),
        signature_(*node_signature::from_hex("68ce4c76d60e65665f3c8f50542d2d15c42ee90518e1c3dac036b696582a669c"
                                             "3fd46adfe06d7f74e5617c0a3d718d87f7ce68249763d05e4c4806f22ddda10f")) {}
  const node_key& own_key() const noexcept override { return key_; }
  node_signature sign(std::string_view bytes) const override {
    signed_text = bytes;
    return signature_;
  }
  bool verify(const node_key& signer, std::string_view bytes, const node_signature& signature) const override {
    return signer == key_ && bytes == signed_text && signature == signature_;
  }
  content_hash hash(std::string_view) const override { return {}; }
  mutable std::string signed_text;

 private:
  node_key key_;
  node_signature signature_;
};

TEST(WireBytes, OfASealedRecord) {
  const standard_signing rfc;
  const auto sealed = seal({rfc, mesh(), author().version, author().stamp_ms}, a_liveness());
  EXPECT_EQ(hex(rfc.signed_text), hex("edgemesh record 1") + "000102030405060708090a0b0c0d0e0f" + hex(sealed.body()));
  EXPECT_EQ(hex(sealed.raw),
            "93"
            "c420d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
            "c41785000602ce6ab13b80032a04cf000001a0c4524e4011c3"
            "c44068ce4c76d60e65665f3c8f50542d2d15c42ee90518e1c3dac036b696582a669c"
            "3fd46adfe06d7f74e5617c0a3d718d87f7ce68249763d05e4c4806f22ddda10f");
  EXPECT_TRUE(is_genuine(*read_record(sealed.raw), mesh(), rfc));
}
TEST(WireBytes, OfWhatANewKeyConsentsTo) {
  EXPECT_EQ(hex(consent_text(mesh(), other())), hex("edgemesh succession 1") + mesh().to_hex() + other().to_hex());
}
TEST(WireBytes, OfEveryBody) {
  const std::string head = "02ce6ab13b80032a04cf000001a0c4524e40";  // version 1790000000.42, stamp
  const std::string about = "01c420" + other().to_hex();
  const std::map<std::string, std::string> expected = {
      {"member", "8a0001" + about + head + "10a56672612d3111a3667261120113ac636f6e666964656e7469616c14ce6b49d200"},
      {"eviction", "860002" + about + head + "10cf000001a0c4506c01"},
      {"succession", "860003" + about + head + "10c440" + a_succession().consent.to_hex()},
      {"node", "8e0004" + head +
                   "10b56d6573682e6578616d706c652e6e65743a3737303111b25b323030313a6462383a3a315d3a3737303212b868747470733a2f2f61692e"
                   "6578616d706c652e6e65742f7613a5302e312e30140115021692a57573616765a67368617265731792c420" +
                   other().to_hex() + "c420" + keys().own_key().to_hex() + "18c31991c420" + other().to_hex()},
      {"backend", "de0019000501c4056770752d31" + head +
                      "10af5261636b2034202f20736c6f7420321103120113a8696e7465726e616c14c315c31603170218c219c31ac31b0c1c031d101eccc8"
                      "1fc420" + a_backend().content.to_hex() + "20ce00011170213222cf0123456789abcdef23c4100000000000000001fedcba9876543210"},
      {"liveness", "850006" + head + "11c3"},
      {"accusation", "870007" + about + head + "10ce6ab13b7f1102"}};
  for (const auto& [name, sealed] : records_of_each_kind()) EXPECT_EQ(hex(sealed.body()), expected.at(name)) << name;
  EXPECT_EQ(expected.size(), records_of_each_kind().size());
}
TEST(WireBytes, OfEveryMessage) {
  const auto key = other().to_hex(), hash = keys().hash("content").to_hex();
  const std::vector<std::string> raw{"r1", "r2"};
  const std::vector<std::pair<message, std::string>> expected = {
      {hello{1, 3, "id", {"usage"}, 1'790'000'000'000}, "850001010302c40269640391a5757361676504cf000001a0c4506c00"},
      {ping{77, other(), raw}, "83004d01c420" + key + "0292c4027231c4027232"},
      {ack{77, 1'790'000'000'000, raw, 0xfedcba9876543210u}, "84004d0292c4027231c402723203cf000001a0c4506c0004cffedcba9876543210"},
      {nack{78}, "81004e"},
      {ping_request{79, other(), raw}, "83004f01c420" + key + "0292c4027231c4027232"},
      {rumours{raw}, "810292c4027231c4027232"},
      {records{raw}, "810092c4027231c4027232"},
      {digest{0xfedcba9876543210u, {}}, "8100cffedcba9876543210"},
      {bucket_keys{255, true, {{~0ull, {1'790'000'000, 9}, 0xffffffff}, {1, {2, 3}, 4}}},
       "8300ccff01c3029294cfffffffffffffffffce6ab13b8009ceffffffff9401020304"},
      {want{{1, 0x0123456789abcdefu}}, "8100c41000000000000000010123456789abcdef"},
      {fetch{keys().hash("content"), 49'152}, "8200c420" + hash + "01cdc000"},
      {chunk{keys().hash("content"), 49'152, 70'000, "bytes"}, "8400c420" + hash + "01cdc00002ce0001117003c4056279746573"},
      {beat{80}, "810050"},
      {beat_back{81}, "810051"}};
  for (const auto& [m, bytes] : expected) EXPECT_EQ(hex(encode(m)), bytes) << "kind " << static_cast<int>(kind_of(m));
  EXPECT_EQ(expected.size(), std::variant_size_v<message>);
}
TEST(WireBytes, OfBucketsAreBigEndianWords) {
  std::vector<std::uint64_t> buckets(digest_buckets);
  buckets[1] = 0x0102030405060708u;
  const auto bytes = hex(encode(digest{0, buckets}));
  EXPECT_EQ(bytes.substr(0, 44), "8101c50800" "0000000000000000" "0102030405060708" "00");
  EXPECT_EQ(bytes.size(), 2 * (5 + 8 * digest_buckets));
}
TEST(WireBytes, OfContent) {
  EXPECT_EQ(hex(write_content(a_content())),
            "8200928100a87177656e333a38628800b568662e636f2f6f72672f4772c3b6c39f652d37304201a36f726702ce6553f10003ce0002000004c205cd010106"
            "2007c301928500a87177656e333a386201ce0003d09002cd61a803ce000f424004648100a466726565");
}
TEST(WireBytes, OfAFrame) {
  EXPECT_EQ(hex(seal_frame(1, message_kind::nack, mesh(), encode(nack{78}))),
            "454d5348" "01" "04" "000102030405060708090a0b0c0d0e0f" "00000003" "a28206af" "81004e");
}
TEST(WireBytes, OfAnOlderNodeAreStillRead) {
  const auto r = read_record(bytes_of("93c420d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511ac41785000602ce6ab13b80032a04cf000001a0"
                                      "c4524e4011c3c44068ce4c76d60e65665f3c8f50542d2d15c42ee90518e1c3dac036b696582a669c3fd46adfe06d7f74e5617c0a3d"
                                      "718d87f7ce68249763d05e4c4806f22ddda10f"));
  ASSERT_TRUE(r.has_value()) << r.error().message;
  EXPECT_EQ(r->head.stamp_ms, author().stamp_ms);
  EXPECT_TRUE(read_liveness(*r)->is_leaving);
  const auto m = decode(message_kind::ping, bytes_of("82004d01c420" + other().to_hex()));
  ASSERT_TRUE(m.has_value());
  EXPECT_EQ(std::get<ping>(*m).target, other());
}
TEST(WireBytes, NumbersOfKindsStay) {
  const std::vector<int> numbers = {1, 2, 3, 4, 5, 6, 16, 17, 18, 19, 20, 21, 32, 33};
  const auto all = messages_of_each_kind();
  ASSERT_EQ(all.size(), numbers.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(static_cast<int>(kind_of(all[i].what)), numbers[i]) << all[i].name;
}

}  // namespace
}  // namespace edgemesh::proto
