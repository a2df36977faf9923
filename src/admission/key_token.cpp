#include "admission/key_token.hpp"

#include <algorithm>
#include <array>
#include <boost/crc.hpp>

namespace edgemesh::admission {

namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool is_base62(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

/// CRC-32 (ISO-HDLC) in base62, most significant digit first: 62^6 is above 2^32.
std::string check_of(std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  std::string out(key_check_size, '0');
  auto rest = crc.checksum();
  for (auto at = out.rbegin(); at != out.rend(); ++at, rest /= 62) *at = digits[rest % 62];
  return out;
}

/// Each character of equal chance: bytes from 248 up are thrown away (248 = 4 x 62).
std::string random_text(std::size_t size, const random_fill& random) {
  std::string out;
  std::array<std::uint8_t, 64> bytes;
  while (out.size() < size) {
    random(bytes);
    for (const auto b : bytes)
      if (b < 248 && out.size() < size) out += digits[b % 62];
  }
  bytes.fill(0);
  return out;
}

}  // namespace

bool is_key_id(std::string_view text) noexcept { return text.size() == key_id_size && is_base62(text); }

token_form form_of(std::string_view token) noexcept {
  if (token.empty() || token.size() > token_size_max) return token_form::malformed;
  if (std::any_of(token.begin(), token.end(), [](char c) { return c <= ' ' || c > '~'; })) return token_form::malformed;
  if (!token.starts_with(key_prefix)) return token_form::foreign;
  if (token.size() != own_token_size || !is_base62(token.substr(key_prefix.size()))) return token_form::mistyped;
  const auto checked = token.substr(0, token.size() - key_check_size);
  return check_of(checked) == token.substr(checked.size()) ? token_form::own : token_form::mistyped;
}

std::string_view id_of(std::string_view own_token) noexcept { return own_token.substr(key_prefix.size(), key_id_size); }

std::string make_id(const random_fill& random) { return random_text(key_id_size, random); }

secret make_token(std::string_view id, const random_fill& random) {
  std::string text;
  text.append(key_prefix).append(id).append(random_text(key_secret_size, random));
  text += check_of(text);
  return secret(std::move(text));
}

new_key make_key(const random_fill& random) {
  auto id = make_id(random);
  auto token = make_token(id, random);
  return {std::move(id), std::move(token)};
}

}  // namespace edgemesh::admission
