// API keys as text: `em_<id><secret><crc>`, 10 + 43 + 6 characters of base62. The secret has 256 random bits, so that its plain SHA-256
// can be stored; the checksum tells a typo from an unknown key without looking anything up. Keys that another gateway issued have any
// other form and are known by their hash alone. Pure.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace edgemesh::admission {

inline constexpr std::string_view key_prefix = "em_";
inline constexpr std::size_t key_id_size = 10, key_secret_size = 43, key_check_size = 6;
inline constexpr std::size_t own_token_size = key_prefix.size() + key_id_size + key_secret_size + key_check_size;
inline constexpr std::size_t token_size_max = 512;  ///< of any gateway's

enum class token_form : std::uint8_t {
  own,        ///< ours, and whole
  foreign,    ///< not begun like ours: may be an imported one
  mistyped,   ///< begun like ours; its length, alphabet or checksum is wrong
  malformed,  ///< no token at all: empty, over token_size_max, or not of visible ASCII
};
token_form form_of(std::string_view token) noexcept;

/// The id of a token of form own; it may be shown and logged.
std::string_view id_of(std::string_view own_token) noexcept;
bool is_key_id(std::string_view text) noexcept;  ///< key_id_size characters of base62

/// Fills with bytes that nobody can guess.
using random_fill = std::function<void(std::span<std::uint8_t>)>;

struct new_key {
  std::string id;
  secret token;
};
new_key make_key(const random_fill& random);
std::string make_id(const random_fill& random);  ///< of a key or group
/// Another secret for a key that exists.
secret make_token(std::string_view id, const random_fill& random);

}  // namespace edgemesh::admission
