#include <algorithm>
#include <charconv>

#include "accounts/views.hpp"
#include "admission/key_token.hpp"
#include "base/ascii.hpp"
#include "proto/field_reader.hpp"
#include "proto/policy_fields.hpp"

namespace edgemesh::accounts {

namespace {

int hex_digit(char c) noexcept {
  const char l = ascii::lower(c);
  return ascii::is_digit(c) ? c - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// %XX and + of a query; nullopt for a broken escape.
std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1, low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool read_limit(const std::string& text, std::size_t& into) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), into);
  return fault == std::errc{} && end == text.data() + text.size() && into >= 1 && into <= page_request::limit_max;
}

std::string name_or_id_fault() { return "This must be the name or id of a group."; }

}  // namespace

openai::api_result<page_request> read_page_request(std::string_view query) {
  page_request out;
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const auto sign = part.find('=');
    const auto name = part.substr(0, sign);
    const auto value = unescaped(sign == part.npos ? std::string_view() : part.substr(sign + 1));
    if (name == "limit") {
      if (!value || !read_limit(*value, out.limit))
        return openai::bad_request("limit must be a whole number from 1 to 1000.", "limit", "invalid_value");
    } else if (name == "after") {
      if (!value || !admission::is_key_id(*value))
        return openai::bad_request("after must be an id of this list.", "after", "invalid_value");
      out.after = *value;
    } else if (name == "group" || name == "parent") {
      if (!value || value->empty() || !proto::is_plain_text(*value, proto::policy_name_max))
        return openai::bad_request(name_or_id_fault(), std::string(name), "invalid_value");
      out.group = *value;
    } else {
      return openai::bad_request("The query knows limit, after and group.", {}, "unknown_field");
    }
  }
  return out;
}

}  // namespace edgemesh::accounts
