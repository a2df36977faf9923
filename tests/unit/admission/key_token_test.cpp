#include "admission/key_token.hpp"

#include <gtest/gtest.h>

#include <map>

#include "admission/token_hash.hpp"
#include "base/random_source.hpp"

namespace edgemesh::admission {
namespace {

random_fill chance(std::uint64_t seed) {
  return [rng = random_source(seed)](std::span<std::uint8_t> out) mutable {
    for (auto& b : out) b = static_cast<std::uint8_t>(rng.next());
  };
}

TEST(KeyToken, ANewKeyIsWhole) {
  const auto key = make_key(chance(1));
  const std::string token(key.token.reveal());
  EXPECT_EQ(token.size(), 62u);
  EXPECT_TRUE(token.starts_with("em_" + key.id));
  EXPECT_EQ(form_of(token), token_form::own);
  EXPECT_EQ(id_of(token), key.id);
  EXPECT_TRUE(is_key_id(key.id));
}

TEST(KeyToken, EverySingleTypoIsSeenWithoutALookUp) {
  const std::string token(make_key(chance(2)).token.reveal());
  for (std::size_t i = key_prefix.size(); i < token.size(); ++i)
    for (const char c : std::string_view("09AZaz_-. ")) {
      auto wrong = token;
      if (wrong[i] == c) continue;
      wrong[i] = c;
      EXPECT_NE(form_of(wrong), token_form::own) << i << c;
    }
  for (std::size_t i = key_prefix.size(); i + 1 < token.size(); ++i) {
    auto swapped = token;
    std::swap(swapped[i], swapped[i + 1]);
    if (swapped != token) EXPECT_EQ(form_of(swapped), token_form::mistyped) << i;
  }
  EXPECT_EQ(form_of(token.substr(0, 61)), token_form::mistyped);
  EXPECT_EQ(form_of(token + "a"), token_form::mistyped);
}

TEST(KeyToken, WhatIsNoTokenIsToldFromAForeignOne) {
  EXPECT_EQ(form_of("sk-1234"), token_form::foreign);
  EXPECT_EQ(form_of("EM_" + std::string(59, 'a')), token_form::foreign);
  EXPECT_EQ(form_of(""), token_form::malformed);
  EXPECT_EQ(form_of("two words"), token_form::malformed);
  EXPECT_EQ(form_of(std::string("sk-\0x", 5)), token_form::malformed);
  EXPECT_EQ(form_of("sk-\xc3\xa4"), token_form::malformed);
  EXPECT_EQ(form_of(std::string(513, 'a')), token_form::malformed);
  EXPECT_EQ(form_of(std::string(512, 'a')), token_form::foreign);
}

TEST(KeyToken, ARotatedKeyKeepsItsId) {
  const auto random = chance(3);
  const auto key = make_key(random);
  const auto next = make_token(key.id, random);
  EXPECT_EQ(form_of(next.reveal()), token_form::own);
  EXPECT_EQ(id_of(next.reveal()), key.id);
}

TEST(KeyToken, CharactersHaveEqualChances) {
  std::map<char, int> seen;
  auto random = chance(4);
  for (int i = 0; i < 2000; ++i) {
    const auto key = make_key(random);
    for (const char c : key.token.reveal().substr(key_prefix.size(), key_id_size + key_secret_size)) ++seen[c];
  }
  EXPECT_EQ(seen.size(), 62u);
  const double fair = 2000.0 * 53 / 62;
  for (const auto& [c, count] : seen) EXPECT_NEAR(count, fair, fair * 0.15) << c;
}

TEST(TokenHash, IsSha256AndComparesWhole) {
  EXPECT_EQ(hash_token("abc").to_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  auto other = hash_token("abc");
  EXPECT_TRUE(is_same(other, hash_token("abc")));
  other.bytes[31] ^= 1;
  EXPECT_FALSE(is_same(other, hash_token("abc")));
}

}  // namespace
}  // namespace edgemesh::admission
