// One inference request from its validated body to its last byte: choose, attempt, hold until the commit point, move on
// when an attempt fails before it, relay after it, end honestly (docs/LIFE_OF_A_REQUEST.md). Lives in the session's
// coroutine on one shard. A client that leaves ends it by cancelling that coroutine; the destructor then records 499.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dialects/dialect.hpp"
#include "http/attempt_scope.hpp"
#include "http/client_stream.hpp"
#include "http/request_charge.hpp"
#include "http/request_context.hpp"
#include "http/session_link.hpp"
#include "http/shard_context.hpp"
#include "http/upstream_call.hpp"
#include "openai/client_request.hpp"
#include "resilience/attempt_policy.hpp"
#include "resilience/stall_timers.hpp"
#include "routing/decide.hpp"

namespace edgemesh::http {

class exchange {
 public:
  exchange(shard_context& shard, client_stream& client, session_link& link, request_context& context,
           const openai::client_request& request);
  ~exchange();
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  /// Serves the request; afterwards context.keep_alive says whether the connection can go on.
  boost::asio::awaitable<void> run();
  /// From the session's tick: timeouts, the early head, keep-alive comments.
  void tick(instant now);
  /// Ends a stream that is being cut from outside (operator, drain) with an honest error, as far as that is possible at once.
  void say_goodbye(const openai::api_error& error);

 private:
  struct attempt_end {
    attempt_cause cause = attempt_cause::ok;
    std::optional<dialects::attempt_failure> failure;
    bool sent = false;  ///< request bytes may have reached the backend
  };

  routing::route_query query(const std::vector<routing::tried_way>& tried) const;
  routing::decision decide();
  bool silence_counts() const;
  // exchange_peer.cpp: what differs when a request came from a peer, or goes to one.
  bool goes_to_peer() const noexcept { return chosen_.path != nullptr && !chosen_.path->local; }
  std::optional<openai::api_error> judge_class();
  openai::api_error no_choice(routing::decision& decision);
  void tell_load();
  std::string forward_text(const routing::candidate& chosen, std::string_view body) const;
  void hear_peer(const upstream_call& call);
  void judge_peer(const upstream_call& call, attempt_end& end);
  void mark_tried(attempt_cause cause);
  void mark_full(const routing::candidate& c);
  bool is_share_used(const attempt_end& end) const;
  bool is_peer_lost(instant now) const noexcept;
  // exchange_charge.cpp: what a request of a key owes.
  std::optional<openai::api_error> may_ask();
  std::optional<openai::api_error> admit();
  token_usage used() const;
  void note_usage(attempt_cause cause);
  bool keep_usage(int status);
  attempt_end not_recorded();
  boost::asio::awaitable<void> look_again();
  boost::asio::awaitable<attempt_end> attempt(const routing::candidate& chosen, attempt_scope::pass pass);
  boost::asio::awaitable<openai::api_result<dialects::upstream_request>> convert(const routing::candidate& chosen);
  boost::asio::awaitable<attempt_end> converse(upstream_call& call, const std::string& text);
  bool account(std::size_t bytes);
  attempt_end out_of_memory();
  bool did_work(const attempt_end& end) const;
  void time_out(attempt_cause cause);
  boost::asio::awaitable<attempt_end> read_answer(upstream_call& call);
  boost::asio::awaitable<void> throw_if_cancelled();
  void note_progress(const upstream_call& call);
  /// Puts on the wire what the reader has for the client; what the client does not take at once waits for flush().
  void relay();
  bool try_again(const attempt_end& end);
  bool holds_too_much() const noexcept;
  void commit();
  void send_stream_head(bool early);
  void append_stream(std::string_view bytes);
  void send_wire();
  boost::asio::awaitable<void> complete(upstream_call& call);
  boost::asio::awaitable<void> give_error(openai::api_error error);
  boost::asio::awaitable<void> flush();
  void watch_reader(instant now);
  attempt_end failed_with(attempt_cause cause, const upstream_call& call) const;
  response_writer answer_head(int status) const;
  dialects::answer_options reader_options() const;
  std::string upstream_text(const routing::candidate& chosen, dialects::upstream_request converted) const;

  shard_context& shard_;
  client_stream& client_;
  session_link& link_;
  request_context& context_;
  const openai::client_request& request_;
  std::shared_ptr<const routing::route_table> table_;
  class_level data_class_ = 0;
  resilience::attempt_policy policy_;
  dialects::answer answer_;
  openai::answer_identity identity_;
  routing::candidate chosen_;
  std::vector<routing::tried_way> tried_;
  std::optional<dialects::attempt_failure> last_failure_;
  std::optional<resilience::stall_timers> timers_;
  std::optional<request_charge> charge_;
  upstream_call* call_ = nullptr;
  attempt_cause timed_out_ = attempt_cause::ok, last_cause_ = attempt_cause::ok;
  instant dispatched_{};                       // of the present attempt
  instant attempt_deadline_ = instant::max();  // the backend's own timeouts.total
  instant deadline_, write_due_ = instant::max(), write_end_ = instant::max(), last_write_{};
  std::uint64_t written_ = 0;      // bytes that the client had taken at the last look
  admission::memory_budget::share held_;  // what is held beside the client's body
  std::size_t request_bytes_ = 0;  // of the request to the backend
  std::string wire_;               // what goes out with the next write: head, chunks
  std::uint32_t events_seen_ = 0;
  bool head_sent_ = false;         // status commit point
  bool committed_ = false;         // content commit point
  std::string asked_name_;         // by which its key may ask for the model
  bool ending_ = false;            // the last bytes are on their way: no comment, no early head any more
  bool holds_retry_place_ = false, asked_again_ = false, ask_usage_ = true, work_done_ = false;
  bool ends_here_ = false;         // whatever another attempt might bring
  bool heard_peer_ = false;        // of this attempt
  bool owes_attempt_ = false;      // what this attempt used is not in the charge yet
  bool met_full_share_ = false;    // a way to a backend that has others, so that its being full is no last word
  bool refused_by_node_ = false;   // by the node that holds the connection, not for the backend's sake
};

}  // namespace edgemesh::http
