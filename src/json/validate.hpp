// Strict JSON validation (RFC 8259 over UTF-8, RFC 3629) in one pass, without building anything.
// Everything that is later read through json::value must have passed here. Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace edgemesh::json {

struct validate_options {
  int depth_max = 64;               ///< nesting of objects and arrays; over 1024 counts as 1024
  std::size_t number_chars_max = 64;  ///< longest number literal
};

struct syntax_error {
  std::size_t offset = 0;   ///< byte where it was noticed
  const char* reason = "";  ///< static text, quotes nothing of the input
};

/// nullopt when `text` is exactly one JSON value with optional white space around it. Refused besides bad
/// grammar: invalid UTF-8, raw control characters, lone surrogate escapes, nesting over depth_max, numbers that
/// overflow a double (1e999) or are longer than number_chars_max, a byte order mark.
std::optional<syntax_error> validate(std::string_view text, const validate_options& options = {}) noexcept;

}  // namespace edgemesh::json
