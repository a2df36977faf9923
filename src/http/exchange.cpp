#include "http/exchange.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <ctime>

#include "http/attempt_failures.hpp"
#include "http/offload.hpp"
#include "http/upstream_head.hpp"

namespace edgemesh::http {

namespace asio = boost::asio;

namespace {

std::int64_t unix_seconds() { return std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

constexpr int client_closed_status = 499;

int minute_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return local.tm_hour * 60 + local.tm_min;
}

}  // namespace

exchange::exchange(shard_context& shard, client_stream& client, session_link& link, request_context& context,
                   const openai::client_request& request)
    : shard_(shard), client_(client), link_(link), context_(context), request_(request),
      policy_(context.options->attempts, request.facts.has_effects),
      identity_{shard.fresh_id(request.kind == endpoint::chat ? "chatcmpl-" : "cmpl-"), unix_seconds(), request.model},
      deadline_(context.began + context.options->timeouts.total), held_(shard.ports.memory().open()) {
  shard_.retries.request_started();
  context.record.charge_id = context.forwarded ? context.forwarded->charge_id : shard.fresh_id("ch-");
  if (context.forwarded) deadline_ = std::min(deadline_, context.began + context.forwarded->time_left);
}

exchange::~exchange() {
  client_.on_left(nullptr);
  shard_.retries.request_ended();
  if (holds_retry_place_) shard_.retries.retry_ended();
  context_.record.usage = used();
  if (!charge_ || charge_->is_settled()) return;
  note_usage(attempt_cause::cancelled);
  (void)keep_usage(client_closed_status);
}

asio::awaitable<void> exchange::run() {
  client_.on_left([&link = link_] {
    if (!link.over) link.stop.emit(asio::cancellation_type::terminal);
  });
  client_.watch();
  if (client_.left()) throw boost::system::system_error(asio::error::operation_aborted);  // while its body was parsed
  table_ = shard_.ports.routes();
  if (auto refused = judge_class()) co_return co_await give_error(std::move(*refused));
  if (auto refused = may_ask()) co_return co_await give_error(std::move(*refused));
  for (;;) {
    auto decision = decide();
    if (decision.model_unknown && !asked_again_ && !context_.forwarded) {
      co_await look_again();
      continue;
    }
    if (!decision.choice) co_return co_await give_error(no_choice(decision));
    if (auto refused = admit()) co_return co_await give_error(std::move(*refused));
    auto pass = attempt_scope::enter(*decision.choice);
    if (!pass) {  // another request took the last place, or is the half-open trial: look elsewhere
      mark_full(*decision.choice);
      continue;
    }
    const auto end = co_await attempt(*decision.choice, std::move(pass));
    if (end.cause == attempt_cause::ok) co_return;
    last_cause_ = end.cause;
    work_done_ = work_done_ || did_work(end);
    if (committed_ || ends_here_ || !try_again(end)) co_return co_await give_error(end.failure->error);
    last_failure_ = end.failure;
  }
}

routing::route_query exchange::query(const std::vector<routing::tried_way>& tried) const {
  routing::route_query q;
  q.model = request_.model;
  q.kind = request_.kind;
  q.facts = request_.facts;
  q.stream = request_.stream;
  q.data_class = data_class_;
  q.minute_of_day = table_->virtual_models().empty() ? 0 : minute_of_day();
  q.now = steady_clock::now();
  q.tried = &tried;
  q.asker = context_.asker ? &*context_.asker : nullptr;
  if (!context_.forwarded) return q;
  q.model = context_.forwarded->model;
  q.hops_left = hops_max - context_.forwarded->hop;
  q.target_node = context_.forwarded->node;
  q.target_backend = context_.forwarded->backend;
  return q;
}

routing::decision exchange::decide() {
  table_ = shard_.ports.routes();
  auto decision = routing::decide(*table_, query(tried_), shard_.rng);
  if (!decision.model_unknown) context_.record.model = decision.model;  // a known name: what clients write is text of theirs
  context_.record.data_class = table_->classes().name_of(decision.data_class);
  data_class_ = std::max(data_class_, decision.data_class);
  link_.view.model = context_.record.model;
  if (identity_.model.empty()) identity_.model = decision.model;
  if (context_.forwarded) tell_load();
  return decision;
}

asio::awaitable<void> exchange::look_again() {
  asked_again_ = true;
  auto looked = std::make_shared<net::event>(shard_.io.get_executor());
  shard_.ports.model_missed(request_.model, [looked] { looked->set(); });
  co_await looked->wait();
}

asio::awaitable<exchange::attempt_end> exchange::attempt(const routing::candidate& chosen, attempt_scope::pass pass) {
  chosen_ = chosen;
  attempt_scope scope(shard_.ports, context_.record, chosen, std::move(pass));
  link_.view.backend = full_name_of(chosen);
  answer_ = {};
  events_seen_ = 0;
  heard_peer_ = false;
  owes_attempt_ = true;
  attempt_end end;
  int status = 0;
  if (auto converted = co_await convert(chosen); converted && !account(converted->body.size())) {
    end = out_of_memory();
  } else if (converted) {
    // A peer answers in the client's own dialect, whatever its backend speaks.
    const auto reader = dialects::dialect_of(goes_to_peer() ? backend_kind::openai : chosen.backend->kind).reader(reader_options());
    const std::string text = goes_to_peer() ? forward_text(chosen, converted->body) : upstream_text(chosen, std::move(*converted));
    request_bytes_ = text.size();
    upstream_call call(shard_, chosen.path->target, *reader, answer_);
    end = co_await converse(call, text);
    if (goes_to_peer()) judge_peer(call, end);
    status = call.status();
  } else {
    end.cause = converted.error().code == "unsupported_parameter" ? attempt_cause::refused_by_gateway : attempt_cause::bad_request;
    end.failure.emplace().error = converted.error();
    end.failure->cause = end.cause;
  }
  if (std::exchange(holds_retry_place_, false)) shard_.retries.retry_ended();
  note_usage(end.cause);
  scope.settle(end.cause, status, end.failure, request_.model);
  co_return end;
}

asio::awaitable<openai::api_result<dialects::upstream_request>> exchange::convert(const routing::candidate& chosen) {
  // Who holds the connection knows the backend, and makes the request fit it.
  if (goes_to_peer()) co_return dialects::upstream_request{std::string(path_of(request_.kind)), request_.body};
  const auto work = [this, &chosen] {
    dialects::request_options options;
    options.model = chosen.model;
    options.allow_fields = &chosen.backend->allow_fields;
    options.remote_media = chosen.backend->remote_media;
    options.ask_usage = chosen.backend->asks_usage && ask_usage_;
    return dialects::dialect_of(chosen.backend->kind).request(request_, options);
  };
  if (request_.body.size() <= context_.options->parse_on_shard_bytes_max) co_return work();
  co_return co_await offload(shard_.io, shard_.worker(), work);
}

dialects::answer_options exchange::reader_options() const {
  dialects::answer_options options;
  options.kind = request_.kind;
  options.stream = request_.stream;
  options.include_usage = request_.include_usage || context_.forwarded.has_value();  // the entry charges, and hides it again
  options.wants_base64 = request_.wants_base64;
  options.identity = identity_;
  options.reasoning = context_.options->reasoning;
  options.prompt_tokens_estimate = request_.facts.prompt_tokens;
  options.choices = request_.choices;
  options.one_tool_call = request_.root()["parallel_tool_calls"].boolean() == false;
  return options;
}

std::string exchange::upstream_text(const routing::candidate& chosen, dialects::upstream_request converted) const {
  upstream_head_facts facts;
  facts.target = converted.target;
  facts.content_length = converted.body.size();
  facts.stream = request_.stream;
  facts.traceparent = context_.traceparent;
  const std::string hops = context_.hops.empty() ? context_.options->node_instance : context_.hops + "," + context_.options->node_instance;
  facts.hops = hops;
  facts.data_class = context_.record.data_class;
  std::string text = upstream_request_head(*chosen.path->target, facts);
  text += converted.body;
  return text;
}

asio::awaitable<exchange::attempt_end> exchange::converse(upstream_call& call, const std::string& text) {
  struct current_call {
    explicit current_call(upstream_call*& slot, upstream_call& c) : slot_(slot) { slot_ = &c; }
    ~current_call() { slot_ = nullptr; }
    upstream_call*& slot_;
  } current(call_, call);
  dispatched_ = steady_clock::now();
  timed_out_ = attempt_cause::ok;
  timers_.emplace(call.timeouts(), dispatched_);
  attempt_deadline_ = std::min(deadline_, dispatched_ + call.timeouts().total);
  auto& marks = context_.record.marks;
  marks.queue = context_.micros(dispatched_);
  if (context_.record.attempts.empty()) context_.record.overhead_us = marks.queue - marks.read;
  const auto which = request_.facts.has_effects ? upstream_call::connection::fresh : upstream_call::connection::pooled;
  const attempt_cause opened = co_await call.open(text, which);
  if (opened != attempt_cause::ok) co_await throw_if_cancelled();
  if (opened != attempt_cause::ok) co_return failed_with(timed_out_ != attempt_cause::ok ? timed_out_ : opened, call);
  marks.connect = context_.micros(call.connected_at());
  co_return co_await read_answer(call);
}

asio::awaitable<exchange::attempt_end> exchange::read_answer(upstream_call& call) {
  for (;;) {
    const auto progress = co_await call.read();
    if (progress != upstream_call::progress::more && !answer_.complete) co_await throw_if_cancelled();
    if (timed_out_ != attempt_cause::ok) co_return failed_with(timed_out_, call);
    note_progress(call);
    if (goes_to_peer()) hear_peer(call);
    if (answer_.complete && !keep_usage(200)) co_return not_recorded();
    const bool fits = account(request_bytes_ + answer_.out.size() + call.held());
    if (request_.stream && (answer_.content || committed_)) {
      relay();
      if (client_.has_unsent()) co_await flush();
    }
    if (answer_.failure) co_return attempt_end{answer_.failure->cause, answer_.failure, true};
    if (answer_.complete) {
      co_await complete(call);
      co_return attempt_end{attempt_cause::ok, {}, true};
    }
    if (progress == upstream_call::progress::lost) co_return failed_with(attempt_cause::reset, call);
    if (progress != upstream_call::progress::more) co_return failed_with(attempt_cause::garbage, call);
    if (!fits) co_return out_of_memory();
    if (request_.stream && holds_too_much()) {
      relay();
      if (client_.has_unsent()) co_await flush();
    }
  }
}

/// Counts what is held beside the client's body against limits.memory, in steps: most requests never reach the first.
bool exchange::account(std::size_t bytes) {
  constexpr std::size_t uncounted = 16u << 10, step = 64u << 10;
  const std::size_t wanted = bytes <= uncounted ? 0 : (bytes + step - 1) / step * step;
  return wanted == held_.bytes() || held_.resize(wanted);
}

exchange::attempt_end exchange::out_of_memory() {
  ends_here_ = true;
  attempt_end end{attempt_cause::refused_by_gateway, dialects::attempt_failure{}, true};
  end.failure->cause = end.cause;
  end.failure->error = openai::unavailable("this node holds as many bytes as limits.memory allows", "memory_exhausted", seconds(1));
  return end;
}

/// Whether a repetition by the client would do again what was done already.
bool exchange::did_work(const attempt_end& end) const {
  if (answer_.content) return true;
  if (!end.sent) return false;
  const bool broke_off = !request_.stream && end.failure && end.failure->error.code == "upstream_disconnected";
  return broke_off || end.cause == attempt_cause::total_timeout || (request_.facts.has_effects && (is_backend_failure(end.cause) || end.cause == attempt_cause::path_lost));
}

/// A cancel ends waits like a lost connection would; only the state tells them apart.
asio::awaitable<void> exchange::throw_if_cancelled() {
  if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

void exchange::note_progress(const upstream_call& call) {
  auto& marks = context_.record.marks;
  marks.first_byte = context_.micros(call.first_byte_at());
  if (request_.stream && answer_.events == events_seen_) return;  // of a whole answer each piece is a sign of life
  events_seen_ = answer_.events;
  timers_->event(steady_clock::now());
}

exchange::attempt_end exchange::failed_with(attempt_cause cause, const upstream_call& call) const {
  const bool after_content = committed_ || answer_.content;
  if (after_content && (cause == attempt_cause::reset || cause == attempt_cause::garbage)) cause = attempt_cause::truncated;
  return {cause, transport_failure(cause, after_content), call.sent()};
}

bool exchange::try_again(const attempt_end& end) {
  if (end.failure->usage_rejected && ask_usage_) {
    ask_usage_ = false;  // the same backend once more, without the field that it rejects
    return true;
  }
  if (context_.forwarded) return false;  // another way is the entry's to choose
  if (is_share_used(end)) {  // nothing was done, and each way is taken once: it is no attempt
    mark_full(chosen_);
    return true;
  }
  mark_tried(end.cause);
  using resilience::next_step;
  const auto step = policy_.after(end.cause, end.sent, steady_clock::now(), deadline_);
  if (step == next_step::retry_on_budget) return holds_retry_place_ = shard_.retries.try_retry();
  return step == next_step::retry;
}

}  // namespace edgemesh::http
