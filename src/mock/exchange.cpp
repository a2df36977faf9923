#include "mock/exchange.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "mock/connection.hpp"
#include "mock/control_pages.hpp"
#include "mock/mock_service.hpp"

namespace edgemesh::mock {
namespace {

constexpr std::size_t batch_bytes = 64u << 10;
constexpr milliseconds slow_first{2000};
constexpr int slow_factor = 10;

double wall_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

exchange::exchange(connection& link, mock_service& service, incoming request, bool is_old, bool keeps_alive)
    : link_(link),
      service_(service),
      request_(std::move(request)),
      is_old_(is_old),
      keeps_alive_(keeps_alive) {}

exchange::~exchange() {
  if (!service_.is_stopping()) release_slot();
}

void exchange::begin(bool control_only) {
  auto& state = service_.state();
  state.wall_ms = wall_ms();
  if (is_control_path(request_.path) || control_only) {
    auto page = control_page(request_, state, steady_clock::now());
    service_.follow_faults();
    return send_reply(std::move(page), request_state::done);
  }
  is_head_ = request_.method == "HEAD";
  if (is_head_) request_.method = "GET";
  auto verdict = service_.who().answer(request_, state);
  request_entry entry;
  entry.method = is_head_ ? "HEAD" : std::move(request_.method);
  entry.path = request_.path + (request_.query.empty() ? "" : "?" + request_.query);
  entry.model = verdict.model;
  entry.stream = verdict.stream;
  entry.started_ms = state.wall_ms;
  entry.headers = std::move(request_.headers);
  entry.body = std::move(request_.body);
  entry_ = state.log.add(std::move(entry));
  strike_or_answer(std::move(verdict));
}

void exchange::strike_or_answer(verdict v) {
  auto& state = service_.state();
  auto& who = service_.who();
  fault_ = state.faults.strike(request_.path, who.role_of(request_.path), state.rng, steady_clock::now());
  if (fault_) entry_->fault = name_of(fault_->name);
  if (has(fault_name::refuse)) return reset_faulted();
  if (has(fault_name::hang)) return;
  if (has(fault_name::error_500) || has(fault_name::error_429) || has(fault_name::loading)) {
    auto refusal = who.refusal(fault_complaint());
    if (has(fault_name::error_429)) refusal.headers.emplace_back("Retry-After", fault_->retry_after);
    return send_reply(std::move(refusal), request_state::faulted);
  }
  if (auto* page = std::get_if<reply>(&v.what)) {
    page_ = std::move(*page);
    return answer_page();
  }
  job_ = std::move(std::get<job>(v.what));
  take_slot();
}

void exchange::answer_page() {
  if (has(fault_name::slow))
    return link_.wait_until(steady_clock::now() + slow_first, &exchange::send_reply_late);
  if (fault_ && page_.status == 200) return strike_whole(std::move(page_.body));
  send_reply(std::move(page_), request_state::done);
}

void exchange::send_reply_late() { send_reply(std::move(page_), request_state::done); }

void exchange::take_slot() {
  auto& slots = service_.state().slots;
  if (slots.try_take()) {
    has_slot_ = true;
    return run();
  }
  ticket_ = slots.wait([this] {
    ticket_.reset();
    has_slot_ = true;
    link_.post(&exchange::run);
  });
}

void exchange::run() {
  const auto& options = service_.state().options;
  const bool slow = has(fault_name::slow);
  ttft_ = slow ? (options.ttft.count() ? options.ttft * slow_factor : slow_first) : options.ttft;
  itl_ = slow ? options.itl * slow_factor : options.itl;
  if (slow) fault_.reset();
  due_ = steady_clock::now() + ttft_;
  if (!job_.stream && job_.answer->size() > 1) due_ += itl_ * (job_.answer->size() - 1);
  if (job_.stream && service_.who().is_head_early() && ttft_.count() > 0) {
    std::string out;
    append_stream_head(out);
    return link_.send(std::move(out), &exchange::first_token);
  }
  first_token();
}

void exchange::first_token() {
  const auto next = job_.stream ? &exchange::pump : &exchange::send_whole;
  if (due_ > steady_clock::now()) return link_.wait_until(due_, next);
  (this->*next)();
}

void exchange::send_whole() {
  if (fault_) return strike_whole(job_.answer->whole());
  next_ = job_.answer->size();
  send_reply({200, "", job_.answer->whole(), {}}, request_state::done);
}

void exchange::pump() {
  entry_->tokens_sent = next_;
  std::string out;
  if (!head_sent_) append_stream_head(out);
  const auto size = job_.answer->size();
  const auto strikes_at = fault_ ? strike_point() : size + 1;
  if (!opened_) {
    opened_ = true;
    piece_.clear();
    if (!has(fault_name::error_in_200) && !has(fault_name::empty_200)) job_.answer->opening(piece_);
    append_piece(out, piece_);
  }
  for (;;) {
    if (fault_ && next_ == strikes_at && strike_stream(out)) return;
    if (next_ >= size) break;
    piece_.clear();
    job_.answer->step(next_++, piece_);
    append_piece(out, piece_);
    if (next_ < size && itl_.count() > 0) return link_.send(std::move(out), &exchange::pace);
    if (out.size() >= batch_bytes) return link_.send(std::move(out), &exchange::pump);
  }
  piece_.clear();
  job_.answer->closing(piece_);
  append_piece(out, piece_);
  append_end(out);
  link_.send(std::move(out), entry_->fault.empty() || entry_->fault == name_of(fault_name::slow)
                                 ? &exchange::finish_done
                                 : &exchange::finish_faulted);
}

void exchange::pace() {
  entry_->tokens_sent = next_;
  const auto now = steady_clock::now();
  due_ = std::max(due_ + itl_, now);
  if (service_.who().pings() && due_ - now > service_.state().options.ping)
    return link_.wait_until(now + service_.state().options.ping, &exchange::ping);
  link_.wait_until(due_, &exchange::pump);
}

void exchange::ping() {
  std::string out;
  append_piece(out, ":\n\n");
  due_ -= itl_;  // pace() adds it again
  link_.send(std::move(out), &exchange::pace);
}

void exchange::send_reply(reply r, request_state end) {
  auto& who = service_.who();
  std::string out;
  out.reserve(256 + r.body.size());
  const auto type = r.content_type.empty() ? who.json_type() : std::string_view(r.content_type);
  append_head(out, {r.status, type, who.server_name(), r.body.size(), is_old_, keeps_alive_}, r.headers);
  if (!is_head_) out += r.body;
  link_.send(std::move(out), end == request_state::done ? &exchange::finish_done : &exchange::finish_faulted);
}

void exchange::append_stream_head(std::string& out) {
  head_sent_ = true;
  auto& who = service_.who();
  keeps_alive_ = keeps_alive_ && !is_old_;
  append_head(out, {200, who.stream_type(), who.server_name(), std::nullopt, is_old_, keeps_alive_}, {});
}

void exchange::append_piece(std::string& out, std::string_view data) const {
  if (is_old_)
    out += data;
  else
    append_chunk(out, data);
}

void exchange::append_end(std::string& out) const {
  if (!is_old_) out += last_chunk;
}

void exchange::finish_done() { finish(request_state::done); }
void exchange::finish_faulted() { finish(request_state::faulted); }

void exchange::finish(request_state end) {
  note(end);
  release_slot();
  link_.ended(keeps_alive_);
}

void exchange::client_left() {
  note(request_state::client_left);
  if (entry_) entry_->left_ms = wall_ms();
  release_slot();
}

void exchange::note(request_state end) {
  if (!entry_ || entry_->state != request_state::running) return;
  entry_->state = end;
  entry_->tokens_sent =
      std::max<std::uint64_t>(entry_->tokens_sent, end == request_state::client_left ? 0 : next_);
  if (end == request_state::client_left) return;
  entry_->ended_ms = wall_ms();
  if (!job_.answer) return;
  auto& state = service_.state();
  state.prompt_tokens += job_.answer->prompt_tokens();
  state.answer_tokens += next_;
  state.answers += end == request_state::done;
}

void exchange::release_slot() {
  auto& slots = service_.state().slots;
  if (ticket_) slots.leave(*std::exchange(ticket_, std::nullopt));
  if (std::exchange(has_slot_, false)) slots.give_back();
}

}  // namespace edgemesh::mock
