// One attempt at one backend: takes a pooled connection, dials, or borrows what a node has lent that cannot be dialled; sends the request, reads the response into the dialect's
// reader. Owned by the exchange; destroying it closes the connection unless finish() gave it back. One shard's thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dialects/dialect.hpp"
#include "http/body_sink.hpp"
#include "http/response_parser.hpp"
#include "http/shard_context.hpp"
#include "net/upstream_connection.hpp"
#include "net/upstream_target.hpp"

namespace edgemesh::http {

class upstream_call final : body_sink {
 public:
  upstream_call(shard_context& shard, std::shared_ptr<const net::upstream_target> target, dialects::answer_reader& reader,
                dialects::answer& answer);
  ~upstream_call() override;

  enum class connection : unsigned char {
    pooled,  ///< a kept one if there is; lost before an answer, the request is sent once more
    fresh    ///< the request is sent once at most: it may have effects
  };
  /// Connects and sends. `request` must live as long as the call. ok, refused, connect_timeout or reset.
  boost::asio::awaitable<attempt_cause> open(std::string_view request, connection which);

  enum class progress : unsigned char {
    more,   ///< something was read; the answer may have grown
    ended,  ///< the response is complete; the reader's end() was called
    lost,   ///< the connection broke before a response byte, also on a fresh connection
    garbage ///< not HTTP
  };
  boost::asio::awaitable<progress> read();

  /// Gives the connection back to the pool if its response was complete, else closes it. After it only the marks are valid.
  void finish() noexcept;
  /// Waits for the end of a response whose content is complete already, so that the connection can be used again.
  boost::asio::awaitable<void> drain();
  /// Ends every wait; the backend sees the connection close.
  void abort() noexcept;
  /// For the exchange's ticks: a step of connecting that takes too long is given up.
  void tick(instant now);

  bool sent() const noexcept { return sent_; }             ///< request bytes may have reached the backend
  std::size_t held() const noexcept { return reader_.held(); }  ///< bytes of the answer that its reader keeps
  int status() const noexcept { return head_given_ ? status_ : 0; }
  const response_head& head() const noexcept { return parser_.head(); }  ///< valid once status() is not 0
  bool broke_off() const noexcept { return broke_off_; }  ///< the connection ended inside the response, or before it
  const resilience::timeout_options& timeouts() const noexcept { return target_->timeouts; }
  instant connected_at() const noexcept { return connected_at_; }
  instant first_byte_at() const noexcept { return first_byte_at_; }

 private:
  struct loan;
  boost::asio::awaitable<attempt_cause> dial();
  boost::asio::awaitable<gateway_ports::borrowed> borrow();
  boost::asio::awaitable<boost::system::error_code> send();
  void on_body(std::string_view bytes) override;
  void give_head();
  progress feed(std::string_view bytes);
  progress ended_by_connection();

  shard_context& shard_;
  std::shared_ptr<const net::upstream_target> target_;
  dialects::answer_reader& reader_;
  dialects::answer& answer_;
  response_parser parser_;
  std::unique_ptr<net::upstream_connection> connection_;
  std::shared_ptr<loan> loan_;  // while it waits for a lent connection
  std::string_view request_;
  int status_ = 0;
  bool reused_ = false, sent_ = false, cut_short_ = false, head_given_ = false, response_done_ = false, broke_off_ = false;
  instant connected_at_{}, first_byte_at_{};
  // Small on purpose, as it exists once per open stream; answers that fill it make it grow.
  static constexpr std::size_t buffer_min = 2048, buffer_max = 64u << 10;
  std::vector<char> buffer_;
};

}  // namespace edgemesh::http
