// What an error body says, whatever its shape: the extraction algorithm of backends.md F.4. Shared by all dialects. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "json/value.hpp"

namespace edgemesh::dialects {

struct error_fields {
  std::string message;               ///< whole text for matching, bounded by the body; see shown_text() before showing it
  std::string type;
  std::optional<std::string> param;
  std::optional<std::string> code;   ///< a text code; a numeric one goes to code_number
  std::optional<int> code_number;
  bool is_json = false;
  bool is_html = false;
  bool is_empty = false;             ///< nothing but white space
};

/// Unwraps `error` as object, as string, as JSON inside a string (once), top-level message, FastAPI `detail`.
error_fields read_error_fields(std::string_view body);

/// A JSON document that is an error and no answer: a truthy `error` member, or `object` == "error".
bool is_error_document(json::value root) noexcept;
/// The same by the root's members of these names.
bool is_error_document(json::value error, json::value object) noexcept;

/// At most 512 bytes, cut at a code point, control characters removed, blank ends trimmed.
std::string shown_text(std::string_view text);

}  // namespace edgemesh::dialects
