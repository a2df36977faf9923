// Protects open ports against browser pages (DNS rebinding, cross-site requests): which Host and Origin are ours.
// Pure; immutable after construction; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace edgemesh::admission {

struct page_guard_options {
  std::vector<std::string> names{};         ///< configured host names (public_url, listen names), without port
  std::vector<std::string> cors_origins{};  ///< exact origins, or "*"
  bool any_host = false;                  ///< auth.allow_open with a non-loopback listener, or keys: Host is not checked
};

class page_guard {
 public:
  explicit page_guard(page_guard_options options) : options_(std::move(options)) {}
  /// Loopback literals, localhost, *.localhost, or a configured name; any port. False for an empty or malformed Host.
  bool host_allowed(std::string_view host) const noexcept;
  /// True for an empty Origin (not a browser page) or an allowed one.
  bool origin_allowed(std::string_view origin) const noexcept;
  /// True when CORS headers are to be sent for this origin.
  bool is_cors_origin(std::string_view origin) const noexcept;

 private:
  page_guard_options options_;
};

}  // namespace edgemesh::admission
