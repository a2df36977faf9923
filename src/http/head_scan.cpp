#include "http/head_scan.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace edgemesh::http {

namespace {

constexpr auto token_table = [] {
  std::array<bool, 256> t{};
  for (int c = '0'; c <= '9'; ++c) t[static_cast<unsigned>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) t[static_cast<unsigned>(c)] = t[static_cast<unsigned>(c - 32)] = true;
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) t[static_cast<unsigned char>(c)] = true;
  return t;
}();
// Field values: visible ASCII, space, tab, and bytes from 0x80 (obs-text).
constexpr auto value_table = [] {
  std::array<bool, 256> t{};
  for (int c = 0x20; c < 256; ++c) t[static_cast<unsigned>(c)] = c != 0x7f;
  t['\t'] = true;
  return t;
}();
// Targets: visible ASCII only; a fragment never reaches a server.
constexpr auto target_table = [] {
  std::array<bool, 256> t{};
  for (int c = 0x21; c < 0x7f; ++c) t[static_cast<unsigned>(c)] = true;
  t['#'] = false;
  return t;
}();

/// Looks at every byte, as nearly every head is sound: no branch for each.
bool all_of(std::string_view s, const std::array<bool, 256>& table) noexcept {
  bool all = true;
  for (unsigned char c : s) all &= table[c];
  return all;
}

class scanner {
 public:
  scanner(std::string_view bytes, const scan_limits& limits, request_head& head, scan_fault& fault) noexcept
      : bytes_(bytes), limits_(limits), head_(head), fault_(fault),
        fields_max_(std::min(static_cast<std::size_t>(std::max(limits.headers_max, 0)), request_head::fields_max)) {}

  scan_result run() noexcept {
    std::string_view line;
    switch (next_line(line)) {
      case line_state::incomplete: return too_large() ? refuse(431, "the request head is too large") : scan_result::incomplete;
      case line_state::faulty: return scan_result::faulty;
      case line_state::complete: break;
    }
    if (!request_line(line)) return scan_result::faulty;
    for (;;) {
      switch (next_line(line)) {
        case line_state::incomplete: return too_large() ? refuse(431, "the request head is too large") : scan_result::incomplete;
        case line_state::faulty: return scan_result::faulty;
        case line_state::complete: break;
      }
      if (line.empty()) return finish();
      if (!field_line(line)) return scan_result::faulty;
    }
  }

 private:
  enum class line_state : std::uint8_t { incomplete, faulty, complete };

  scan_result refuse(int status, const char* reason) noexcept {
    fault_ = {status, reason};
    return scan_result::faulty;
  }
  bool bad(int status, const char* reason) noexcept {
    refuse(status, reason);
    return false;
  }
  bool too_large() const noexcept { return bytes_.size() >= limits_.head_bytes_max; }

  line_state next_line(std::string_view& line) noexcept {
    const auto end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) return line_state::incomplete;
    if (end + 1 > limits_.head_bytes_max) {
      refuse(431, "the request head is too large");
      return line_state::faulty;
    }
    if (end == at_ || bytes_[end - 1] != '\r') {
      refuse(400, "a line of the request head does not end in CR LF");
      return line_state::faulty;
    }
    line = bytes_.substr(at_, end - 1 - at_);
    at_ = end + 1;
    return line_state::complete;
  }

  bool request_line(std::string_view line) noexcept {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return bad(400, "the request line is malformed");
    head_.method = line.substr(0, first);
    head_.target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (head_.method.empty() || head_.method.size() > 32 || !all_of(head_.method, token_table))
      return bad(400, "the request method is malformed");
    if (version == "HTTP/1.1")
      head_.minor_version = 1;
    else if (version == "HTTP/1.0")
      head_.minor_version = 0;
    else
      return version.starts_with("HTTP/") ? bad(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
                                          : bad(400, "the request line is malformed");
    if (head_.target.size() > limits_.target_bytes_max) return bad(414, "the request target is too long");
    if (!all_of(head_.target, target_table)) return bad(400, "the request target has a forbidden character");
    if (!head_.target.starts_with('/') && !(head_.target == "*" && head_.method == "OPTIONS"))
      return bad(400, "the request target must begin with '/'");
    head_.keep_alive = head_.minor_version == 1;
    return true;
  }

  bool field_line(std::string_view line) noexcept {
    if (line.front() == ' ' || line.front() == '\t') return bad(400, "a folded header field is not accepted");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return bad(400, "a header field has no name");
    const auto name = line.substr(0, colon);
    if (!all_of(name, token_table)) return bad(400, "a header field's name has a forbidden character");
    auto value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    if (!all_of(value, value_table)) return bad(400, "a header field's value has a forbidden character");
    if (head_.fields.size() >= fields_max_) return bad(431, "there are too many header fields");
    head_.fields.push_back({name, value});
    return known_field(name, value);
  }

  bool known_field(std::string_view name, std::string_view value) noexcept {
    using ascii::iequals;
    switch (name.size()) {
      case 4:
        if (iequals(name, "host")) {
          if (has_host_) return bad(400, "there is more than one Host field");
          has_host_ = true;
          head_.host = value;
        }
        return true;
      case 6:
        if (iequals(name, "origin")) {
          if (!head_.origin.empty()) return bad(400, "there is more than one Origin field");
          head_.origin = value;
        } else if (iequals(name, "expect")) {
          if (!iequals(value, "100-continue")) return bad(417, "only Expect: 100-continue is understood");
          head_.expects_continue = true;
        }
        return true;
      case 10:
        if (iequals(name, "connection")) connection(value);
        return true;
      case 12:
        if (iequals(name, "content-type")) head_.content_type = value;
        if (iequals(name, "x-request-id")) head_.request_id = value;
        return true;
      case 14: return iequals(name, "content-length") ? content_length(value) : true;
      case 17: return iequals(name, "transfer-encoding") ? transfer_encoding(value) : true;
      default: return true;
    }
  }

  void connection(std::string_view value) noexcept {
    while (!value.empty()) {
      const auto comma = value.find(',');
      const auto option = ascii::trim(value.substr(0, comma));
      if (ascii::iequals(option, "close")) closes_ = true;
      if (ascii::iequals(option, "keep-alive") && head_.minor_version == 0) head_.keep_alive = true;
      value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    }
  }

  bool content_length(std::string_view value) noexcept {
    if (head_.content_length) return bad(400, "there is more than one Content-Length");
    if (value.empty() || value.size() > 18) return bad(400, "Content-Length is malformed");
    std::uint64_t n = 0;
    for (char c : value) {
      if (!ascii::is_digit(c)) return bad(400, "Content-Length is malformed");
      n = n * 10 + static_cast<std::uint64_t>(c - '0');
    }
    head_.content_length = n;
    return true;
  }

  bool transfer_encoding(std::string_view value) noexcept {
    if (head_.chunked) return bad(400, "there is more than one Transfer-Encoding");
    if (!ascii::iequals(value, "chunked")) return bad(400, "the only Transfer-Encoding accepted is chunked");
    head_.chunked = true;
    return true;
  }

  scan_result finish() noexcept {
    if (head_.chunked && head_.content_length) return refuse(400, "Content-Length and Transfer-Encoding together are not accepted");
    if (head_.chunked && head_.minor_version == 0) return refuse(400, "HTTP/1.0 knows no Transfer-Encoding");
    if (head_.minor_version == 1 && !has_host_) return refuse(400, "the Host field is missing");
    if (closes_) head_.keep_alive = false;
    head_.size = at_;
    return scan_result::complete;
  }

  std::string_view bytes_;
  const scan_limits& limits_;
  request_head& head_;
  scan_fault& fault_;
  const std::size_t fields_max_;
  std::size_t at_ = 0;
  bool has_host_ = false, closes_ = false;
};

}  // namespace

std::string_view request_head::operator[](std::string_view name) const noexcept {
  for (const field& f : fields)
    if (ascii::iequals(f.name, name)) return f.value;
  return {};
}

scan_result scan_head(std::string_view bytes, const scan_limits& limits, request_head& head, scan_fault& fault) noexcept {
  // Empty lines before a request line are no request (RFC 9112 2.2 would skip them): refusing them is simpler and safe.
  head.method = head.target = {};
  head.minor_version = 1;
  head.fields.clear();
  head.size = 0;
  head.content_length.reset();
  head.chunked = false;
  head.keep_alive = true;
  head.expects_continue = false;
  head.host = head.origin = head.content_type = head.request_id = {};
  return scanner(bytes, limits, head, fault).run();
}

}  // namespace edgemesh::http
