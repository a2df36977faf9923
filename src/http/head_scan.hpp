// A strict scan of a request's head, before anything else looks at it (DESIGN 11): whatever could be read in two ways is
// refused, so no smuggling is possible behind it. Pure: bytes in, views out (they live as long as the bytes).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace edgemesh::http {

struct scan_limits {
  std::size_t head_bytes_max = 32u << 10;
  std::size_t target_bytes_max = 8u << 10;
  int headers_max = 100;
};

/// Header fields that decide how a request is read; views into the scanned bytes, empty when absent.
struct request_head {
  static constexpr std::size_t fields_max = 128;
  struct field { std::string_view name, value; };

  std::string_view method, target;
  int minor_version = 1;                  ///< HTTP/1.0 or HTTP/1.1
  std::vector<field> fields;              ///< not an array: each connection has a head, and few of them have many fields
  std::size_t size = 0;                   ///< bytes of the head, the empty line included

  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;                 ///< by version and Connection
  bool expects_continue = false;
  std::string_view host, origin, content_type, request_id;

  std::string_view path() const noexcept { return target.substr(0, target.find('?')); }
  std::string_view query() const noexcept {
    const auto at = target.find('?');
    return at == std::string_view::npos ? std::string_view{} : target.substr(at + 1);
  }
  /// First field of this name (ASCII case-insensitive), "" when absent.
  std::string_view operator[](std::string_view name) const noexcept;
};

struct scan_fault {
  int status;          ///< 400, 414, 417, 431, 501, 505
  const char* reason;  ///< our words, quotes nothing
};

enum class scan_result : std::uint8_t { incomplete, complete, faulty };

/// Scans the head at the beginning of `bytes`. `incomplete` while no empty line has come and nothing is wrong yet.
/// Refused: bare LF or CR, obs-fold, NUL and other control characters, white space before the colon, a name that is no
/// token, missing or repeated Host (1.1), repeated or malformed Content-Length, Content-Length with Transfer-Encoding,
/// any Transfer-Encoding but exactly `chunked`, a target that does not begin with '/' (but `*` for OPTIONS), other versions.
scan_result scan_head(std::string_view bytes, const scan_limits& limits, request_head& head, scan_fault& fault) noexcept;

}  // namespace edgemesh::http
