// The client's side of an exchange: heads, chunks, comments, errors.
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "base/release.hpp"
#include "http/exchange.hpp"

namespace edgemesh::http {

namespace asio = boost::asio;

response_writer exchange::answer_head(int status) const {
  auto w = context_.head(status);
  if (chosen_.backend) {
    w.field("x-edgemesh-backend", full_name_of(chosen_))
        .field("x-edgemesh-model", chosen_.model->name)
        .field("x-edgemesh-attempts", static_cast<std::int64_t>(context_.record.attempts.size() + 1))
        .field("x-edgemesh-hops", chosen_.path == nullptr ? std::int64_t{0} : chosen_.path->hops)
        .field("x-edgemesh-overhead-us", context_.record.overhead_us);
  }
  return w;
}

/// Before the commit point; what is not kept (comments, pings) does not count.
bool exchange::holds_too_much() const noexcept {
  const std::string_view held = answer_.out;
  if (held.size() > context_.options->held_bytes_max) return true;
  int events = 0;
  for (auto at = held.find("\n\n"); at != held.npos; at = held.find("\n\n", at + 2)) ++events;
  return events > context_.options->held_events_max;
}

void exchange::send_stream_head(bool early) {
  head_sent_ = true;
  context_.record.status = 200;
  if (context_.http_1_0) context_.keep_alive = false;  // the end of the connection ends the stream
  // What a head sent early cannot know yet is left out; a comment says it later.
  auto w = early ? context_.head(200) : answer_head(200);
  w.field("content-type", "text/event-stream; charset=utf-8").field("cache-control", "no-cache").field("x-accel-buffering", "no");
  wire_ += std::move(w).with_stream(!context_.http_1_0);
}

void exchange::append_stream(std::string_view bytes) {
  if (bytes.empty()) return;
  if (context_.http_1_0)
    wire_.append(bytes);
  else
    append_chunk(wire_, bytes);
}

void exchange::send_wire() {
  context_.record.bytes_out += wire_.size();
  link_.view.bytes_out = context_.record.bytes_out;
  client_.write_now(wire_);
  constexpr std::size_t kept_capacity = 16u << 10;
  if (wire_.capacity() > kept_capacity) release(wire_);
  else wire_.clear();
  last_write_ = steady_clock::now();
}

void exchange::commit() {
  committed_ = true;
  link_.view.streaming = request_.stream;
  auto& record = context_.record;
  record.backend = full_name_of(chosen_);
  record.hops = chosen_.path->hops;
  record.upstream_model = goes_to_peer() ? chosen_.model->name : chosen_.model->upstream;
  record.marks.first_content = context_.micros(steady_clock::now());
  if (request_.stream && answer_.content) {
    const microseconds took(record.marks.first_content - record.marks.queue);
    routing::learn_first_content(*chosen_.backend->cell, took);
  }
  if (!request_.stream) return;
  if (!head_sent_) return send_stream_head(false);
  append_stream(": edgemesh backend=" + record.backend + " attempts=" + std::to_string(record.attempts.size() + 1) + " hops=" + std::to_string(record.hops) + "\n\n");
}

void exchange::relay() {
  if (!committed_) commit();
  append_stream(answer_.out);
  answer_.out.clear();
  if (answer_.complete && !context_.http_1_0) {
    ending_ = true;
    wire_ += last_chunk;
  }
  if (!wire_.empty()) send_wire();
}

asio::awaitable<void> exchange::complete(upstream_call& call) {
  ending_ = true;
  if (!request_.stream) {
    commit();
    context_.record.status = 200;
    auto w = answer_head(200);
    w.field("content-type", "application/json");
    wire_ = std::move(w).with_body(answer_.out);
    release(answer_.out);
    send_wire();
  } else if (!answer_.out.empty() || !head_sent_) {
    relay();  // a stream that ended without any content
  }
  if (client_.has_unsent()) co_await flush();
  context_.record.marks.last = context_.micros(steady_clock::now());
  timers_.reset();
  deadline_ = std::min(deadline_, steady_clock::now() + milliseconds(500));
  client_.on_left(nullptr);  // everything was delivered: leaving now is no cancellation
  co_await call.drain();
  call.finish();
}

asio::awaitable<void> exchange::give_error(openai::api_error error) {
  ending_ = true;
  auto& record = context_.record;
  if (work_done_ || committed_) error.never_retry = true;
  (void)keep_usage(error.status);  // it is an error already
  if (context_.forwarded) context_.told_cause = write_cause(last_cause_, error.code_is_foreign ? "" : error.code.value_or(""));
  if (!head_sent_) {
    wire_ += context_.error_response(error);
  } else {
    context_.note_error(error);
    append_stream(error.event());
    if (!context_.http_1_0) wire_ += last_chunk;
    context_.keep_alive = false;
  }
  send_wire();
  if (client_.has_unsent()) co_await flush();
  record.marks.last = context_.micros(steady_clock::now());
}

asio::awaitable<void> exchange::flush() {
  const auto& limits = context_.options->timeouts;
  write_due_ = steady_clock::now() + limits.idle;
  write_end_ = steady_clock::now() + limits.total;
  written_ = client_.bytes_written();
  const bool written = co_await client_.flush();
  write_due_ = instant::max();
  last_write_ = steady_clock::now();
  if (timers_) timers_->event(last_write_);  // the upstream was paused: its silence was ours
  if (!written) throw boost::system::system_error(asio::error::operation_aborted);  // the client is gone
}

void exchange::say_goodbye(const openai::api_error& error) {
  if (ending_ || !client_.is_open()) return;
  ending_ = true;
  context_.keep_alive = false;
  wire_.clear();
  if (!head_sent_) {
    if (context_.forwarded) context_.told_cause = write_cause(attempt_cause::turned_away, error.code.value_or(""));
    wire_ = context_.error_response(error);
  } else {
    context_.note_error(error);
    append_stream(error.event());
    if (!context_.http_1_0) wire_ += last_chunk;
  }
  send_wire();
}

/// A reader may be slow, but not stand still, nor take longer than a whole request may.
void exchange::watch_reader(instant now) {
  if (client_.bytes_written() != std::exchange(written_, client_.bytes_written()))
    write_due_ = now + context_.options->timeouts.idle;
  if (now >= write_due_ || now >= write_end_) client_.close();
}

/// Without streaming a backend is silent while it makes its answer. That is a fault only where another one could take
/// over; else the total time is the limit. A whole answer that has begun to arrive does not pause.
bool exchange::silence_counts() const {
  if (request_.stream || timers_->first_seen()) return true;
  auto tried = tried_;
  tried.push_back(routing::tried_way::all_of(chosen_));
  random_source any(0);
  return routing::decide(*table_, query(tried), any).choice.has_value();
}

void exchange::time_out(attempt_cause cause) {
  timed_out_ = cause;
  call_->abort();
}

void exchange::tick(instant now) {
  const bool is_paused = write_due_ != instant::max();  // by the client: the backend's silence is ours
  if (is_paused) watch_reader(now);
  if (call_) {
    call_->tick(now);
    if (timed_out_ == attempt_cause::ok && is_peer_lost(now)) return time_out(attempt_cause::path_lost);
    const bool may_time_out = timed_out_ == attempt_cause::ok && !(is_paused && ending_);
    if (may_time_out && now >= std::min(deadline_, attempt_deadline_)) return time_out(attempt_cause::total_timeout);
    if (may_time_out && !is_paused && timers_ && now >= timers_->deadline() && silence_counts())
      return time_out(timers_->first_seen() ? attempt_cause::idle_timeout : attempt_cause::first_event_timeout);
  }
  if (is_paused) return;
  if (!request_.stream || ending_ || client_.has_unsent()) return;
  const auto& options = *context_.options;
  if (!head_sent_ && now - context_.began >= options.commit_patience) {
    send_stream_head(true);
    append_stream(": waiting for the backend\n\n");
    send_wire();
  } else if (head_sent_ && now - last_write_ >= options.comment_interval) {
    append_stream(": ka\n\n");
    send_wire();
  }
}

}  // namespace edgemesh::http
