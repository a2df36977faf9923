// The body of a response whose status says that it failed, gathered until read_upstream_error() can read it.
// One attempt, one thread; keeps 64 KiB, the rest is dropped.
#pragma once
#include <string>
#include <string_view>

#include "dialects/upstream_error.hpp"

namespace edgemesh::dialects {

class failing_response {
 public:
  /// Remembers the head. True when the status is not 2xx: then every byte of the body goes to add().
  bool begin(const upstream_head& head);
  bool is_failing() const noexcept { return status_ < 200 || status_ > 299; }
  void add(std::string_view bytes);
  attempt_failure failure(backend_kind kind, wall_time now) const;

 private:
  static constexpr std::size_t body_bytes_max = 64u << 10;
  int status_ = 200;
  std::string content_type_, retry_after_, body_;
};

}  // namespace edgemesh::dialects
