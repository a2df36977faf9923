// The part of a session that reads bodies and hands inference requests to an exchange.
#include "base/ascii.hpp"
#include "http/chunked_body.hpp"
#include "http/exchange.hpp"
#include "http/offload.hpp"
#include "http/session.hpp"
#include "openai/token_cap.hpp"

namespace edgemesh::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t passed_over_max = 64u << 10;

openai::api_error too_large(std::size_t limit) {
  return openai::payload_too_large("the body is larger than limits.body (" + std::to_string(limit) + " bytes)");
}

openai::api_error out_of_memory() {
  return openai::unavailable("this node holds as many request bytes as limits.memory allows", "memory_exhausted", seconds(1));
}

openai::api_error cut_short() { return openai::bad_request("the body ended too early", {}, "incomplete_body"); }

}  // namespace

asio::awaitable<void> session::serve_inference() {
  if (const auto refused = co_await read_body()) {
    if (!body_read_) context_.keep_alive = false;
    co_return co_await reply(context_.error_response(*refused));
  }
  auto& record = context_.record;
  record.bytes_in = head_bytes_.size() + body_.size();
  record.marks.read = context_.micros(steady_clock::now());
  openai::read_options options;
  options.json.depth_max = context_.options->json_depth_max;
  due_ = instant::max();
  const auto parse = [&] { return openai::read_request(context_.route.kind, std::move(body_), options); };
  auto request = body_.size() <= context_.options->parse_on_shard_bytes_max
                           ? parse()
                           : co_await offload(shard_.io, shard_.worker(), parse);
  body_.clear();
  if (!request) co_return co_await reply(context_.error_response(request.error()));
  if (context_.asker)
    if (const auto cap = context_.asker->key().policy.max_tokens) openai::cap_tokens(*request, *cap);
  record.stream = request->stream;
  client_->limit_input(64u << 10);
  phase_ = phase::exchange;
  exchange running(shard_, *client_, *link_, context_, *request);
  struct current_exchange {
    exchange*& slot;
    ~current_exchange() { slot = nullptr; }
  } current{exchange_ = &running};
  try {
    co_await running.run();
  } catch (const boost::system::system_error&) {
    if (!client_->left()) running.say_goodbye(openai::unavailable("the request was ended by this node", "cancelled", seconds(1)));
    throw;
  }
}

std::optional<openai::api_error> session::body_refusal() {
  const auto& options = *context_.options;
  const auto encoding = head_["content-encoding"];
  if (!encoding.empty() && !ascii::iequals(encoding, "identity"))
    return openai::api_error{415, "send the body without Content-Encoding", "invalid_request_error", {}, "unsupported_encoding", {}, false};
  if (head_.content_length && *head_.content_length > options.body_bytes_max) return too_large(options.body_bytes_max);
  memory_ = shard_.ports.memory().open();
  if (!memory_.resize(head_.content_length.value_or(passed_over_max))) return out_of_memory();
  return std::nullopt;
}

asio::awaitable<std::optional<openai::api_error>> session::read_body() {
  enter(phase::body, context_.options->timeouts.idle);
  if (auto refused = body_refusal()) co_return refused;
  const bool knows_interim = head_.minor_version == 1;  // RFC 9110 10.1.1: HTTP/1.0 must not be sent one
  if (head_.expects_continue && knows_interim && client_->in.empty() && !client_->write_now("HTTP/1.1 100 Continue\r\n\r\n"))
    co_await client_->flush();
  if (head_.chunked) co_return co_await read_chunked_body();
  co_return co_await read_sized_body(head_.content_length.value_or(0));
}

asio::awaitable<std::optional<openai::api_error>> session::read_sized_body(std::uint64_t size) {
  client_->limit_input(static_cast<std::size_t>(size) + (64u << 10));
  while (client_->in.size() < size) {
    expect_more_body();
    if (!co_await client_->more()) co_return cut_short();
  }
  if (client_->in.size() == size) {
    body_ = std::exchange(client_->in, {});
  } else {
    body_.assign(client_->in, 0, static_cast<std::size_t>(size));
    client_->in.erase(0, static_cast<std::size_t>(size));
  }
  body_read_ = true;
  co_return std::nullopt;
}

asio::awaitable<std::optional<openai::api_error>> session::read_chunked_body() {
  const auto limit = context_.options->body_bytes_max;
  chunked_body decoder(head_bytes_);
  body_.clear();
  client_->limit_input(256u << 10);
  for (;;) {
    switch (decoder.feed(client_->in, body_, limit)) {
      case chunked_body::state::done: body_read_ = true; co_return std::nullopt;
      case chunked_body::state::broken: co_return openai::bad_request("the chunked body is malformed", {}, "bad_request");
      case chunked_body::state::too_large: co_return too_large(limit);
      case chunked_body::state::more: break;
    }
    if (!memory_.resize(std::max<std::size_t>(passed_over_max, body_.size() + (256u << 10)))) co_return out_of_memory();
    expect_more_body();
    if (!co_await client_->more()) co_return cut_short();
  }
}

/// Silence is limited, and the whole: a body that drips would never end.
void session::expect_more_body() {
  const auto& limits = context_.options->timeouts;
  due_ = std::min(steady_clock::now() + limits.idle, context_.began + limits.total);
}

asio::awaitable<void> session::pass_over_body() {
  if (!head_.chunked && head_.content_length.value_or(0) == 0) co_return;
  if (head_.chunked || *head_.content_length > passed_over_max) {
    context_.keep_alive = false;  // linger() takes what still comes
    co_return;
  }
  if (head_.expects_continue) context_.keep_alive = false;  // it may never send the body
  else if (co_await read_body()) context_.keep_alive = false;
  body_.clear();
}

}  // namespace edgemesh::http
