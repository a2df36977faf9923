// Where a message parser delivers decoded body bytes.
#pragma once
#include <string_view>

namespace edgemesh::http {

class body_sink {
 public:
  virtual ~body_sink() = default;
  /// `bytes` die when the call returns.
  virtual void on_body(std::string_view bytes) = 0;
};

}  // namespace edgemesh::http
