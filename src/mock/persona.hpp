// What one kind of backend is on the wire: its pages, its answers, its words for every failure. No sockets,
// no waiting; the connection paces and breaks what a persona says. One per fake backend; one thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "mock/complaint.hpp"
#include "mock/fault.hpp"
#include "mock/fault_table.hpp"
#include "mock/incoming.hpp"
#include "mock/mock_state.hpp"
#include "mock/script.hpp"

namespace edgemesh::mock {

/// A complete answer.
struct reply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// An answer that takes a slot and time.
struct job {
  std::unique_ptr<script> answer;
  bool stream = false;
};

struct verdict {
  std::variant<reply, job> what;
  std::string model;  ///< for the log
  bool stream = false;
};

class persona {
 public:
  virtual ~persona() = default;

  virtual path_role role_of(std::string_view path) const = 0;
  /// HEAD comes as GET. Changes what the state remembers (loaded models, ids).
  virtual verdict answer(const incoming& request, mock_state& state) = 0;
  virtual reply refusal(const complaint& why) const = 0;
  /// The words for error-500, error-429 and loading.
  virtual complaint fault_complaint(fault_name name) const = 0;

  virtual std::string_view server_name() const = 0;
  virtual std::string_view json_type() const = 0;
  virtual std::string_view stream_type() const = 0;
  virtual bool is_head_early() const { return false; }  ///< a stream's head goes out before the first token
  virtual bool pings() const { return false; }          ///< SSE comments in long silences

  /// In a stream that has begun (or as its first event): an error, and what ends the stream after it.
  virtual std::string error_event(const complaint& why) const = 0;
  virtual std::string malformed_event() const = 0;
  virtual std::string huge_event_start() const = 0;
  /// The body of an error under status 200, without streaming.
  virtual std::string error_body_in_200(const complaint& why) const { return refusal(why).body; }
};

/// kind is not `automatic`.
std::unique_ptr<persona> persona_of(backend_kind kind);

}  // namespace edgemesh::mock
