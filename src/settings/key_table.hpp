// The table of all configuration keys: what each holds, its default and its limits. Structure, types and ranges are
// checked against it; the JSON Schema in config/ says the same (a test compares them). Constant; any thread.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace edgemesh::settings {

enum class value_kind : std::uint8_t {
  object,            ///< a map whose keys are in the table
  list,              ///< items stand at "path[]"
  map,               ///< a map with free keys; values stand at "path.*"
  text,              ///< not empty, no control characters
  name,              ///< [a-z0-9-]{1,63}
  boolean,
  integer,           ///< within min..max
  integer_or_auto,
  duration,          ///< min..max in milliseconds
  bytes,             ///< min..max in bytes
  bytes_or_percent,
  listen_address,    ///< H:P
  listen_address_or_off,
  dialled_address,   ///< H:P with a port, or none
  backend_url,
  web_url,
  proxy_url,         ///< http://[user:password@]host:port, or none
  secret_text,       ///< never printed
  path,
  choice,            ///< one of `choices`
  origin,            ///< scheme://host[:port] or *
  hours,             ///< HH:MM-HH:MM
  price,             ///< a decimal number with at most six digits behind the point
  later,             ///< a key of a later version: refused by name
};

struct key_row {
  std::string_view path;      ///< "backends[].timeouts.connect"
  value_kind kind;
  std::string_view fallback = {};  ///< the default as written in YAML; empty: none
  std::int64_t min = 0, max = 0;
  std::string_view choices = {};        ///< "a|b"
  std::string_view later_choices = {};  ///< values of a later version
  bool required = false;                ///< within its object
  bool repeats = false;                 ///< of a list: the same item may stand there twice
};

std::span<const key_row> key_table() noexcept;
/// Row of exactly this path ("backends[].url"); null when there is none.
const key_row* find_row(std::string_view path) noexcept;
/// Keys directly under an object's path ("" is the root), later ones included, in the table's order.
std::vector<std::string_view> child_keys(std::string_view path);
/// The nearest of `known` when it is near enough to be a typing mistake; empty otherwise.
std::string_view nearest_key(std::string_view typed, const std::vector<std::string_view>& known);
/// Full path of some key elsewhere whose last part is `key`; empty when there is none.
std::string_view path_ending_in(std::string_view key) noexcept;
/// What a value of this row looks like: "a duration such as 30s, from 1ms to 24h".
std::string expected_text(const key_row& row);

}  // namespace edgemesh::settings
