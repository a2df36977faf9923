#include "domain/join_token.hpp"

#include <gmock/gmock.h>

namespace edgemesh {
namespace {

using testing::HasSubstr;

template <class Name>
Name filled(std::uint8_t with) {
  Name out;
  out.bytes.fill(with);
  return out;
}

join_token example() {
  join_token out;
  out.mesh = filled<mesh_id>(1);
  out.founding = filled<content_hash>(2);
  out.inviter = filled<node_key>(3);
  out.id = filled<join_token_id>(4);
  out.key = secret(std::string(join_token::key_bytes, '\xfe'));
  out.addresses = {{"fra.example", 8791}, {"2001:db8::1", 8791}};
  out.expires_at = 1'800'000'000;
  return out;
}

std::string text_of(const join_token& token) { return std::string(write_join_token(token).reveal()); }

std::string message_of(std::string_view text) {
  const auto read = read_join_token(text);
  return read ? "was accepted" : read.error().message;
}

TEST(JoinToken, IsReadAsItWasWritten) {
  const auto text = text_of(example());
  EXPECT_TRUE(text.starts_with("emj1_"));
  EXPECT_EQ(text.find_first_not_of("emj1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos) << text;
  const auto read = read_join_token(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, example());
}

TEST(JoinToken, FitsItsLargestAddressesIntoALine) {
  auto token = example();
  const std::string label(60, 'a');
  token.addresses.assign(join_token::addresses_max, {label + "." + label, 65535});
  ASSERT_EQ(token.addresses[0].to_string().size(), join_token::address_bytes_max - 1);
  const auto text = text_of(token);
  EXPECT_LE(text.size(), join_token::text_max);
  const auto read = read_join_token(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, token);
}

TEST(JoinToken, MayStandInWhiteSpace) {
  EXPECT_TRUE(read_join_token("  " + text_of(example()) + "\r\n"));
}

TEST(JoinToken, NoticesEveryChangedCharacter) {
  const auto text = text_of(example());
  // The last character may carry bits that belong to no byte, so it is left out.
  for (std::size_t i = 5; i + 1 < text.size(); ++i) {
    auto changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_THAT(message_of(changed), HasSubstr("mistyped or cut off")) << i;
  }
}

TEST(JoinToken, NoticesEveryCut) {
  const auto text = text_of(example());
  for (std::size_t length = 5; length < text.size(); ++length)
    EXPECT_THAT(message_of(text.substr(0, length)), HasSubstr("mistyped or cut off")) << length;
  EXPECT_THAT(message_of(text + "AAAA"), HasSubstr("mistyped or cut off"));
}

TEST(JoinToken, SaysWhatIsNoTokenAtAll) {
  EXPECT_THAT(message_of(""), HasSubstr("there is no join token"));
  EXPECT_THAT(message_of(" \n"), HasSubstr("there is no join token"));
  EXPECT_THAT(message_of("hello"), HasSubstr("no join token: expected text that begins with emj1_"));
  EXPECT_THAT(message_of("emj2_" + text_of(example()).substr(5)), HasSubstr("another version"));
  EXPECT_THAT(message_of("emj1_" + std::string(5000, 'A')), HasSubstr("mistyped or cut off"));
  EXPECT_THAT(message_of("emj1_++//"), HasSubstr("mistyped or cut off"));
}

TEST(JoinToken, RefusesWhatNoWriterMakes) {
  auto no_address = example();
  no_address.addresses.clear();
  EXPECT_FALSE(read_join_token(text_of(no_address)));
  auto port_zero = example();
  port_zero.addresses = {{"fra.example", 0}};
  EXPECT_FALSE(read_join_token(text_of(port_zero)));
  auto too_many = example();
  too_many.addresses.assign(join_token::addresses_max + 1, {"a", 1});
  EXPECT_FALSE(read_join_token(text_of(too_many)));
  auto short_key = example();
  short_key.key = secret("short");
  EXPECT_FALSE(read_join_token(text_of(short_key)));
  auto nobody = example();
  nobody.inviter = {};
  EXPECT_FALSE(read_join_token(text_of(nobody)));
}

TEST(JoinToken, NeverRepeatsWhatWasPasted) {
  auto text = text_of(example());
  text[40] = text[40] == 'A' ? 'B' : 'A';
  EXPECT_EQ(message_of(text).find(text.substr(5, 20)), std::string::npos);
}

TEST(JoinToken, EndsWithSomeGraceForClocksThatDiffer) {
  const auto token = example();
  EXPECT_FALSE(is_expired(token, token.expires_at));
  EXPECT_FALSE(is_expired(token, token.expires_at + 300));
  EXPECT_TRUE(is_expired(token, token.expires_at + 301));
  EXPECT_TRUE(is_expired(token, token.expires_at + 1, 0));
}

}  // namespace
}  // namespace edgemesh
