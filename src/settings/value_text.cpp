#include "settings/value_text.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "domain/model_prices.hpp"

namespace edgemesh::settings {
namespace {

std::optional<int> hex_digit(char c) {
  if (ascii::is_digit(c)) return c - '0';
  const char l = ascii::lower(c);
  return l >= 'a' && l <= 'f' ? std::optional<int>(l - 'a' + 10) : std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

std::optional<int> minute_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (int i : {0, 1, 3, 4})
    if (!ascii::is_digit(text[static_cast<std::size_t>(i)])) return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0'), minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return hour * 60 + minute;
}

bool within(const key_row& row, std::int64_t v) { return v >= row.min && v <= row.max; }

bool fits_duration(const key_row& row, std::string_view text) {
  const auto d = parse_duration(text);
  if (!d) return false;
  return *d >= milliseconds(row.min) && *d <= milliseconds(row.max);
}
bool fits_bytes(const key_row& row, std::string_view text) {
  const auto b = parse_bytes(text);
  return b && within(row, static_cast<std::int64_t>(*b));
}
bool fits_memory(const key_row& row, std::string_view text) {
  const auto m = parse_memory_limit(text);
  return m && (m->percent > 0 || within(row, static_cast<std::int64_t>(m->bytes)));
}
bool fits_integer(const key_row& row, std::string_view text, bool quoted) {
  const auto v = parse_integer(text);
  return !quoted && v && within(row, *v);
}

bool is_dialled_address(std::string_view text) {
  const auto address = parse_host_port(text);
  return address && address->port != 0;
}

bool fits(const key_row& row, std::string_view text, bool quoted) {
  switch (row.kind) {
    case value_kind::text:
    case value_kind::path:
    case value_kind::secret_text: return is_plain_text(text);
    case value_kind::name: return is_name(text);
    case value_kind::boolean: return !quoted && parse_boolean(text).has_value();
    case value_kind::integer: return fits_integer(row, text, quoted);
    case value_kind::integer_or_auto: return text == "auto" || fits_integer(row, text, quoted);
    case value_kind::duration: return fits_duration(row, text);
    case value_kind::bytes: return fits_bytes(row, text);
    case value_kind::bytes_or_percent: return fits_memory(row, text);
    case value_kind::listen_address: return parse_host_port(text).has_value();
    case value_kind::listen_address_or_off: return text == "off" || parse_host_port(text).has_value();
    case value_kind::dialled_address: return text == "none" || is_dialled_address(text);
    case value_kind::backend_url:
    case value_kind::web_url: return parse_backend_url(text).has_value();
    case value_kind::proxy_url: return text == "none" || parse_proxy(text).has_value();
    case value_kind::choice: return is_choice(text, row.choices);
    case value_kind::origin: return is_origin(text);
    case value_kind::hours: return parse_hours(text).has_value();
    case value_kind::price: return !quoted && parse_price(text).has_value();
    default: return false;
  }
}

/// What the parser of an address or URL has to say in addition; it never quotes the text.
std::string reason(const key_row& row, std::string_view text) {
  std::string why;
  if (row.kind == value_kind::listen_address || row.kind == value_kind::listen_address_or_off ||
      row.kind == value_kind::dialled_address) {
    if (auto r = parse_host_port(text); !r) why = r.error().message;
  } else if (row.kind == value_kind::backend_url || row.kind == value_kind::web_url) {
    if (auto r = parse_backend_url(text); !r) why = r.error().message;
  } else if (row.kind == value_kind::proxy_url) {
    if (auto r = parse_proxy(text); !r) why = r.error().message;
  }
  return why.empty() ? why : " (" + why + ")";
}

}  // namespace

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '-';
  });
}

bool is_plain_text(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 4096 && utf8::valid(text) && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

bool is_origin(std::string_view text) noexcept {
  if (text == "*") return true;
  const auto scheme_end = text.find("://");
  if (scheme_end == 0 || scheme_end == std::string_view::npos || text.size() > 256) return false;
  const auto host = text.substr(scheme_end + 3);
  return !host.empty() && host.find_first_of("/?#@\\ *,") == std::string_view::npos && is_plain_text(text);
}

bool is_choice(std::string_view text, std::string_view choices) noexcept {
  while (!choices.empty()) {
    const auto bar = choices.find('|');
    if (choices.substr(0, bar) == text) return true;
    choices = bar == std::string_view::npos ? std::string_view() : choices.substr(bar + 1);
  }
  return false;
}

std::optional<bool> parse_boolean(std::string_view text) noexcept {
  return text == "true" ? std::optional(true) : text == "false" ? std::optional(false) : std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  std::int64_t v = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), v);
  return failure == std::errc() && end == text.data() + text.size() ? std::optional(v) : std::nullopt;
}

std::optional<memory_limit> parse_memory_limit(std::string_view text) noexcept {
  if (text.ends_with('%')) {
    const auto percent = parse_integer(text.substr(0, text.size() - 1));
    if (!percent || *percent < 1 || *percent > 90) return std::nullopt;
    return memory_limit{0, static_cast<int>(*percent)};
  }
  const auto bytes = parse_bytes(text);
  return bytes ? std::optional(memory_limit{*bytes, 0}) : std::nullopt;
}

std::optional<std::pair<int, int>> parse_hours(std::string_view text) noexcept {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = minute_of_day(ascii::trim(text.substr(0, dash))), to = minute_of_day(ascii::trim(text.substr(dash + 1)));
  if (!from || !to || *from == 24 * 60 || *from == *to) return std::nullopt;
  return std::pair(*from, *to);
}

result<proxy_settings> parse_proxy(std::string_view text) {
  const bool has_scheme = text.find("://") != std::string_view::npos;
  if (has_scheme) {
    if (!ascii::iequals(text.substr(0, 7), "http://")) return error{"only http:// proxies are supported"};
    text.remove_prefix(7);
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  proxy_settings out;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    auto credentials = percent_decoded(text.substr(0, at));
    if (!credentials || !is_plain_text(*credentials)) return error{"user and password are not valid"};
    if (credentials->find(':') == std::string::npos) *credentials += ':';
    out.basic_credentials = secret(std::move(*credentials));
    text.remove_prefix(at + 1);
  }
  std::string authority(text);
  if (!has_explicit_port(authority)) authority += has_scheme ? ":80" : ":1080";
  auto parsed = parse_host_port(authority);
  if (!parsed || parsed->port == 0) return error{"the proxy's host and port are not valid"};
  out.authority = std::move(*parsed);
  return out;
}

bool has_explicit_port(std::string_view url) noexcept {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  const auto colon = url.rfind(':');
  const auto bracket = url.rfind(']');
  return colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
}

std::optional<std::string> mistake_in(const key_row& row, std::string_view text, bool quoted, bool printable) {
  if (fits(row, text, quoted)) return std::nullopt;
  if (row.kind == value_kind::choice && is_choice(text, row.later_choices))
    return "\"" + std::string(text) + "\" is not in this version; expected " + expected_text(row);
  std::string out = "expected " + expected_text(row);
  const bool may_hold_password = row.kind == value_kind::secret_text || text.find('@') != std::string_view::npos;
  if (!may_hold_password && printable && is_plain_text(text) && text.size() <= 100)
    out += ", found " + (quoted ? "\"" + std::string(text) + "\" in quotes" : "\"" + std::string(text) + "\"");
  return out + reason(row, text);
}

}  // namespace edgemesh::settings
