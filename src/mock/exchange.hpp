// One request and its answer: asks the persona what to say, waits for a slot, keeps the pace, breaks things
// where a fault says so, and writes down what happened. Owned by its connection, which calls it back after
// each write and wait; one thread. A stream is made in pieces of 64 KiB, so memory does not grow with its
// length.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "mock/http_text.hpp"
#include "mock/incoming.hpp"
#include "mock/persona.hpp"
#include "mock/request_entry.hpp"
#include "mock/slot_queue.hpp"

namespace edgemesh::mock {

class connection;
class mock_service;

class exchange {
 public:
  exchange(connection& link, mock_service& service, incoming request, bool is_old, bool keeps_alive);
  ~exchange();
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  void begin(bool control_only);
  /// The client closed or reset the connection before the answer's end.
  void client_left();

 private:
  void strike_or_answer(verdict v);
  void answer_page();
  void take_slot();
  void run();
  void first_token();
  void send_whole();
  void pump();
  void pace();
  void ping();
  bool strike_stream(std::string& out);  ///< false: the stream goes on
  void strike_whole(std::string body);
  void send_huge();

  void send_reply(reply r, request_state end);
  void send_reply_late();
  void append_stream_head(std::string& out);
  void append_piece(std::string& out, std::string_view data) const;
  void append_end(std::string& out) const;
  void finish_done();
  void finish_faulted();
  void finish(request_state end);
  void reset_faulted();
  void shut_faulted();
  void stay_silent() {}
  void note(request_state end);
  void release_slot();

  bool has(fault_name name) const noexcept { return fault_ && fault_->name == name; }
  std::size_t strike_point() const noexcept;
  complaint fault_complaint() const;

  connection& link_;
  mock_service& service_;
  incoming request_;
  bool is_old_;
  bool keeps_alive_;
  bool is_head_ = false;
  std::shared_ptr<request_entry> entry_;  ///< null on control pages
  std::optional<fault_setting> fault_;
  reply page_;
  job job_;
  milliseconds ttft_{0};
  milliseconds itl_{0};
  instant due_{};  ///< of the next token
  bool head_sent_ = false;
  bool opened_ = false;
  std::size_t next_ = 0;  ///< token that comes next
  std::size_t huge_left_ = 0;
  std::string piece_;  ///< scratch
  std::optional<slot_queue::ticket> ticket_;
  bool has_slot_ = false;
};

}  // namespace edgemesh::mock
