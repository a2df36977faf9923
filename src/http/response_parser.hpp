// An upstream's response, fed in any pieces: head fields that matter, then the decoded body into a sink. Built on Beast's
// basic_parser, without copying fields or bodies. One response, one thread. Limits: 64 KiB of head.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "http/body_sink.hpp"

namespace edgemesh::http {

struct response_head {
  int status = 0;
  std::string content_type;
  std::string retry_after;
  std::string edgemesh_node;   ///< x-edgemesh-node: the other end is an EdgeMesh node
  std::string edgemesh_backend;
  std::string edgemesh_load, edgemesh_cause;  ///< of a peer (http/forward_fields.hpp)
  bool keep_alive = false;
};

class response_parser {
 public:
  explicit response_parser(body_sink& sink);
  ~response_parser();

  enum class state : unsigned char { more, done, broken };
  /// Parses on. `done` once the message is complete by its own framing; bytes after that end are an unasked second
  /// response: the connection must not be reused (trailing() is true).
  state feed(std::string_view bytes);
  /// The connection has ended: done when that is this message's framing, broken when the message is cut.
  state end();
  bool head_complete() const noexcept;
  const response_head& head() const noexcept;
  bool trailing() const noexcept;

 private:
  struct machine;
  std::unique_ptr<machine> machine_;
};

}  // namespace edgemesh::http
