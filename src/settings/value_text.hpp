// Texts of configuration values to values, one function per kind. Strict: what is not exactly right is nullopt. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/units.hpp"
#include "settings/backend_settings.hpp"
#include "settings/key_table.hpp"
#include "settings/node_settings.hpp"

namespace edgemesh::settings {

bool is_name(std::string_view text) noexcept;        ///< [a-z0-9-]{1,63}
bool is_plain_text(std::string_view text) noexcept;  ///< 1..4096 bytes, valid UTF-8, no control characters
bool is_origin(std::string_view text) noexcept;      ///< "*" or scheme://host[:port]
bool is_choice(std::string_view text, std::string_view choices) noexcept;  ///< one of "a|b|c"
std::optional<bool> parse_boolean(std::string_view text) noexcept;          ///< true, false
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;  ///< decimal, optional minus
std::optional<memory_limit> parse_memory_limit(std::string_view text) noexcept;
/// "08:00-18:00" to minutes of the day [from, to); "22:00-06:00" wraps; equal ends are nothing and refused. 24:00 may be the end.
std::optional<std::pair<int, int>> parse_hours(std::string_view text) noexcept;
/// "http://[user:password@]host:port" (percent-encoding in user and password); the scheme may be missing, the port is then 1080.
/// The error never quotes the text.
result<proxy_settings> parse_proxy(std::string_view text);
/// True when the URL's authority spells out a port.
bool has_explicit_port(std::string_view url) noexcept;

/// nullopt when `text` is a value of this row; else what is wrong, beginning with "expected".
std::optional<std::string> mistake_in(const key_row& row, std::string_view text, bool quoted, bool printable);

}  // namespace edgemesh::settings
