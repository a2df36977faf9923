#include "http/session.hpp"

#include <boost/asio/error.hpp>

#include "base/ascii.hpp"
#include "http/exchange.hpp"
#include "http/model_list.hpp"
#include "http/request_id.hpp"

namespace edgemesh::http {

namespace asio = boost::asio;

namespace {

bool lists(std::string_view commas, std::string_view item) noexcept {
  while (!commas.empty()) {
    const auto comma = commas.find(',');
    if (ascii::trim(commas.substr(0, comma)) == item) return true;
    commas = comma == std::string_view::npos ? std::string_view{} : commas.substr(comma + 1);
  }
  return false;
}

}  // namespace

session::session(shard_context& shard, std::shared_ptr<client_stream> client, std::shared_ptr<session_link> link)
    : net::ticker::client(shard.ticks), shard_(shard), client_(std::move(client)), link_(std::move(link)) {}

session::~session() { finish_record(); }

/// Whoever holds a lent connection asks on it every 10 s (lent_stash): a silent one leads to nobody.
constexpr milliseconds lent_silence_max{15000};

void session::enter(phase p, milliseconds limit) {
  phase_ = p;
  due_ = steady_clock::now() + limit;
}

asio::awaitable<void> session::run() {
  for (;;) {
    const auto options = shard_.ports.options();
    enter(phase::idle, link_->lent ? lent_silence_max : options->timeouts.keep_alive);
    client_->shrink();
    if (!co_await read_head()) co_return;
    co_await serve_request();
    finish_record();
    memory_.release();
    // Draining or not: who was told that the connection stays may ask once more, and is then told that it closes.
    if (!context_.keep_alive) co_return co_await linger();
  }
}

asio::awaitable<bool> session::read_head() {
  const auto options = shard_.ports.options();
  const scan_limits limits{options->head_bytes_max, 8u << 10, options->headers_max};
  client_->limit_input(options->head_bytes_max + (64u << 10));
  scan_fault fault{};
  for (;;) {
    if (!client_->in.empty() && phase_ == phase::idle) {
      enter(phase::head, options->timeouts.head);
      begin_request();
    }
    switch (client_->in.empty() ? scan_result::incomplete : scan_head(client_->in, limits, head_, fault)) {
      case scan_result::complete:
        head_bytes_.assign(client_->in, 0, head_.size);
        client_->in.erase(0, head_.size);
        scan_head(head_bytes_, limits, head_, fault);  // the views must point into what is kept
        co_return true;
      case scan_result::faulty:
        context_.keep_alive = false;
        co_await reply(context_.error_response({fault.status, fault.reason, "invalid_request_error", {}, "bad_request", {}, false}));
        finish_record();
        co_await linger();
        co_return false;
      case scan_result::incomplete: break;
    }
    if (!co_await client_->more()) co_return false;
  }
}

void session::begin_request() {
  context_ = {};
  context_.options = shard_.ports.options();
  context_.began = steady_clock::now();
  context_.record.started = std::chrono::system_clock::now();
  context_.record.id = shard_.fresh_id("req-");
  context_.record.route = link_->is_join ? join_route : "-";
  body_read_ = false;
  auto& view = link_->view;
  ++view.requests;
  view.busy = true;
  view.streaming = false;
  view.model.clear();
  view.backend.clear();
  view.bytes_out = 0;
  view.request_id = context_.record.id;
  view.request_started = context_.record.started;
}

asio::awaitable<void> session::serve_request() {
  context_.http_1_0 = head_.minor_version == 0;
  context_.keep_alive = head_.keep_alive && !link_->draining && !shard_.ports.draining();
  if (is_request_id(head_.request_id)) context_.record.id = link_->view.request_id = std::string(head_.request_id);
  context_.route = link_->peer || link_->is_join ? match_peer(head_.method, head_.path(), link_->is_join)
                                                 : match_api(head_.method, head_.target == "*" ? head_.target : head_.path());
  context_.record.route = link_->view.route = std::string(link_->is_join ? join_route : route_name(context_.route));
  if (link_->lent && context_.route.page != api_page::healthz) link_->lent(lent_event::taken);
  context_.data_class_header = head_["x-edgemesh-data-class"];
  context_.traceparent = head_["traceparent"];
  context_.hops = head_["x-edgemesh-hops"];
  if (context_.options->guard.is_cors_origin(head_.origin)) context_.cors_origin = std::string(head_.origin);
  if (const auto refused = refusal()) {
    co_await pass_over_body();
    co_return co_await reply(context_.error_response(*refused));
  }
  if (context_.route.page == api_page::inference) co_return co_await serve_inference();
  if (context_.route.page == api_page::join || context_.route.page == api_page::ask) co_return co_await serve_door();
  co_await pass_over_body();
  std::string text;
  switch (context_.route.page) {
    case api_page::options: text = options_page(); break;
    case api_page::healthz: text = text_page(200, R"({"status":"ok"})"); break;
    case api_page::readyz:
      text = shard_.ports.ready() ? text_page(200, R"({"status":"ready"})")
                                  : context_.error_response(openai::unavailable("this node takes no new work", "not_ready", seconds(1)));
      break;
    case api_page::endpoints: text = text_page(200, endpoints_body(shard_.ports.mesh().get())); break;
    case api_page::models: text = text_page(200, model_list_body(*shard_.ports.routes(), asker())); break;
    default: {
      const auto body = model_body(*shard_.ports.routes(), context_.route.model, asker());
      text = body ? text_page(200, *body) : context_.error_response(body.error());
    }
  }
  co_await reply(std::move(text));
}

/// What is wrong with the request before its body is looked at.
std::optional<openai::api_error> session::refusal() {
  if (link_->peer || link_->is_join) return peer_refusal();
  const auto& guard = context_.options->guard;
  // Over TLS no page gets here by a name of its own: it would have no certificate for it.
  if (!client_->is_encrypted() && !guard.host_allowed(head_.host))
    return openai::forbidden("this Host is not served here; add it to node.public_url", "host_not_allowed");
  if (!guard.origin_allowed(head_.origin))
    return openai::forbidden("this Origin is not allowed; add it to cors.origins", "origin_not_allowed");
  if (lists(context_.hops, context_.options->node_instance))
    return openai::api_error{508, "this request has passed this node before", "invalid_request_error", {}, "loop_detected", {}, true};
  if (auto wrong = route_refusal()) return wrong;
  return authenticate();
}

std::optional<openai::api_error> session::route_refusal() const {
  if (context_.route.page == api_page::not_found) {
    auto e = openai::bad_request("there is no such path; this is an OpenAI-compatible API under /v1", {}, "not_found");
    e.status = 404;
    return e;
  }
  if (context_.route.page == api_page::wrong_method) {
    auto e = openai::bad_request("this path does not know this method", {}, "method_not_allowed");
    e.status = 405;
    return e;
  }
  return std::nullopt;
}

std::string session::options_page() {
  context_.record.status = 204;
  auto w = context_.head(204);
  w.field("allow", context_.route.allow);
  if (!context_.cors_origin.empty()) {
    w.field("access-control-allow-methods", context_.route.allow).field("access-control-max-age", 600);
    // A preflight names the headers that it wants: an allowed origin gets them.
    w.field("access-control-allow-headers", head_["access-control-request-headers"]);
  }
  return std::move(w).without_body();
}

std::string session::text_page(int status, std::string_view body) {
  context_.record.status = status;
  auto w = context_.head(status);
  w.field("content-type", "application/json");
  return context_.route.head_only ? std::move(w).head_only(body.size()) : std::move(w).with_body(body);
}

asio::awaitable<void> session::reply(std::string bytes) {
  enter(phase::reply, context_.options->timeouts.idle);
  context_.record.bytes_out += bytes.size();
  if (!client_->write_now(bytes)) co_await client_->flush();
  context_.record.marks.last = context_.micros(steady_clock::now());
}

asio::awaitable<void> session::linger() {
  // Closing with unread bytes would reset the connection and take the answer away from a client that still sends.
  constexpr std::size_t bytes_max = 1u << 20;
  enter(phase::reply, milliseconds(1000));
  client_->shutdown_send();
  for (std::size_t seen = client_->in.size(); seen < bytes_max; seen += client_->in.size()) {
    client_->in.clear();
    if (!co_await client_->more()) break;
  }
}

void session::finish_record() {
  if (context_.finished || !context_.options) return;
  context_.finished = true;
  link_->view.busy = false;
  link_->view.key.clear();
  auto& record = context_.record;
  if (record.status == 0 || (client_->left() && record.marks.last < 0)) record.status = 499;
  if (context_.route.page == api_page::healthz || context_.route.page == api_page::readyz) return;
  if (link_->lent) link_->lent(lent_event::idle);
  shard_.ports.request_finished(std::move(record));
}

void session::tick(instant now) {
  if (phase_ == phase::exchange) {
    if (exchange_) exchange_->tick(now);
    return;
  }
  if (now < due_) return;
  due_ = instant::max();
  if (phase_ == phase::head || phase_ == phase::body) {
    context_.keep_alive = false;
    client_->write_now(context_.error_response({408, "the request did not arrive in time", "invalid_request_error", {}, "request_timeout", {}, false}));
    context_.record.marks.last = context_.micros(now);
  }
  client_->close();
}

}  // namespace edgemesh::http
