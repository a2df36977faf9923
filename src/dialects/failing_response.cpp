#include "dialects/failing_response.hpp"

#include <algorithm>

namespace edgemesh::dialects {

bool failing_response::begin(const upstream_head& head) {
  status_ = head.status;
  content_type_ = head.content_type;
  retry_after_ = head.retry_after;
  return is_failing();
}

void failing_response::add(std::string_view bytes) {
  body_.append(bytes.substr(0, std::min(bytes.size(), body_bytes_max - body_.size())));
}

attempt_failure failing_response::failure(backend_kind kind, wall_time now) const {
  return read_upstream_error(kind, {status_, content_type_, retry_after_}, body_, now);
}

}  // namespace edgemesh::dialects
