#include "http/admin_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <random>
#include <set>

#include "base/random_source.hpp"
#include "http/admin_routes.hpp"
#include "http/bearer.hpp"
#include "http/client_stream.hpp"
#include "http/head_scan.hpp"
#include "http/request_id.hpp"
#include "http/response_writer.hpp"
#include "http/tls_entry.hpp"
#include "net/event.hpp"
#include "net/ticker.hpp"
#include "platform/peer_user.hpp"

namespace edgemesh::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t body_bytes_max = 8u << 20;
constexpr std::size_t connections_max = 256;

openai::api_error refused(int status, std::string message, std::string code) {
  return {status, std::move(message), "invalid_request_error", {}, std::move(code), {}, false};
}

/// One connection of an operator. Its deadline covers whole requests: pages are small and answered within seconds.
class admin_session final : public net::ticker::client {
 public:
  admin_session(net::ticker& ticks, std::shared_ptr<client_stream> stream, admin_ports& ports, bool metrics_only, std::uint64_t seed)
      : net::ticker::client(ticks), stream_(std::move(stream)), ports_(ports), metrics_only_(metrics_only), rng_(seed) {}

  asio::awaitable<void> run() {
    do {
      due_ = steady_clock::now() + ports_.options()->timeouts.keep_alive;
      if (!co_await read_request()) break;
      due_ = steady_clock::now() + seconds(30);
      const std::string text = co_await answer();
      if (!stream_->write_now(text) && !co_await stream_->flush()) break;
    } while (keep_alive_);
    stream_->shutdown_send();
  }

 private:
  void tick(instant now) override {
    if (now >= due_) stream_->close();
  }

  asio::awaitable<bool> read_request() {
    const scan_limits limits{ports_.options()->head_bytes_max, 8u << 10, ports_.options()->headers_max};
    stream_->limit_input(body_bytes_max + limits.head_bytes_max);
    scan_fault fault{};
    request_id_ = "adm-";
    for (int i = 0; i < 24; ++i) request_id_ += "0123456789abcdefghijklmnopqrstuvwxyz"[rng_.below(36)];
    for (;;) {
      const auto scanned = stream_->in.empty() ? scan_result::incomplete : scan_head(stream_->in, limits, head_, fault);
      if (scanned == scan_result::complete) break;
      if (scanned == scan_result::faulty) {
        keep_alive_ = false;
        stream_->write_now(error_text(refused(fault.status, fault.reason, "bad_request")));
        co_return false;
      }
      if (!co_await stream_->more()) co_return false;
    }
    head_bytes_.assign(stream_->in, 0, head_.size);
    stream_->in.erase(0, head_.size);
    scan_head(head_bytes_, limits, head_, fault);
    keep_alive_ = head_.keep_alive;
    if (is_request_id(head_.request_id)) request_id_ = std::string(head_.request_id);
    co_return co_await read_body();
  }

  asio::awaitable<bool> read_body() {
    const auto size = head_.content_length.value_or(0);
    too_large_ = size > body_bytes_max || head_.chunked;
    if (too_large_) {
      keep_alive_ = false;
      co_return true;
    }
    if (head_.expects_continue) stream_->write_now("HTTP/1.1 100 Continue\r\n\r\n");
    while (stream_->in.size() < size)
      if (!co_await stream_->more()) co_return false;
    body_.assign(stream_->in, 0, size);
    stream_->in.erase(0, size);
    co_return true;
  }

  asio::awaitable<std::string> answer() {
    const auto options = ports_.options();
    // No page that goes by another name has our certificate.
    if (!stream_->is_encrypted() && !options->guard.host_allowed(head_.host))
      co_return error_text(refused(403, "this Host is not served here", "host_not_allowed"));
    if (!options->guard.origin_allowed(head_.origin)) co_return error_text(refused(403, "this Origin is not allowed", "origin_not_allowed"));
    if (too_large_) co_return error_text(openai::payload_too_large("a body here needs a Content-Length of at most 8 MiB"));
    auto route = match_admin(head_.method, head_.path(), metrics_only_);
    if (route.healthz) co_return page(200, R"({"status":"ok"})", "application/json");
    if (route.allow.empty()) co_return error_text(refused(404, "there is no such page on the admin port", "not_found"));
    if (!route.question) co_return error_text(refused(405, "this page does not know this method", "method_not_allowed"), route.allow);
    if (!metrics_only_) {
      auto asker = authorize(role_for(route.question->what));
      if (!asker) co_return error_text(asker.error());
      route.question->asker = std::move(*asker);
    }
    route.question->query = head_.query();
    route.question->body = std::move(body_);
    route.question->data_class = head_["x-edgemesh-data-class"];
    const auto got = co_await ask(std::move(*route.question));
    co_return page(got.status, got.body, got.content_type);
  }

  openai::api_result<admin_actor> authorize(key_role needed) {
    const auto token = bearer_of(head_);
    if (!token) return token.error();
    if (!is_user_known_) user_ = platform::user_at_other_end(stream_->socket().native_handle());
    is_user_known_ = true;
    return ports_.authorize(*token, user_, needed);
  }

  asio::awaitable<admin_answer> ask(admin_question question) {
    struct pending {
      explicit pending(asio::any_io_executor ex) : arrived(std::move(ex)) {}
      net::event arrived;
      admin_answer answer;
    };
    auto waiting = std::make_shared<pending>(stream_->socket().get_executor());
    ports_.ask(std::move(question), [waiting](admin_answer a) {
      waiting->answer = std::move(a);
      waiting->arrived.set();
    });
    co_await waiting->arrived.wait();
    co_return std::move(waiting->answer);
  }

  response_writer head(int status) const {
    response_writer w(status);
    w.field("x-request-id", request_id_).field("x-edgemesh-node", ports_.options()->node_name).field("cache-control", "no-store");
    if (!keep_alive_) w.field("connection", "close");
    return w;
  }
  std::string page(int status, std::string_view body, std::string_view type) const {
    auto w = head(status);
    w.field("content-type", type);
    return head_.method == "HEAD" ? std::move(w).head_only(body.size()) : std::move(w).with_body(body);
  }
  std::string error_text(const openai::api_error& error, std::string_view allow = {}) const {
    auto w = head(error.status);
    w.field("content-type", "application/json");
    if (!allow.empty()) w.field("allow", allow);
    if (error.status == 401) w.field("www-authenticate", "Bearer");
    const std::string body = error.body();
    return head_.method == "HEAD" ? std::move(w).head_only(body.size()) : std::move(w).with_body(body);
  }

  std::shared_ptr<client_stream> stream_;
  admin_ports& ports_;
  bool metrics_only_;
  request_head head_;
  std::string head_bytes_, body_, request_id_;
  random_source rng_;
  instant due_ = instant::max();
  std::optional<std::int64_t> user_;  // of the machine, at the other end
  bool is_user_known_ = false;
  bool keep_alive_ = true, too_large_ = false;
};

asio::awaitable<void> serve(net::ticker& ticks, std::shared_ptr<client_stream> stream, admin_ports& ports, bool metrics_only,
                            std::uint64_t seed, bool needs_handshake) {
  struct closing {
    client_stream& s;
    ~closing() { s.close(); }
  } at_the_end{*stream};
  if (needs_handshake && !co_await enter_tls(ticks, stream, ports.options()->timeouts.head)) co_return;
  admin_session session(ticks, stream, ports, metrics_only, seed);
  co_await session.run();
}

}  // namespace

struct admin_server::state : std::enable_shared_from_this<state> {
  state(asio::io_context& loop, tcp::acceptor a, admin_ports& p, bool metrics) : io(loop), acceptor(std::move(a)), ports(p), metrics_only(metrics), ticks(loop), pause(loop) {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](boost::system::error_code ec, tcp::socket socket) {
      if (!self->acceptor.is_open()) return;
      if (ec == asio::error::no_descriptors || ec == asio::error::no_buffer_space) return self->wait_and_accept();
      if (!ec && self->streams.size() < connections_max) self->open(std::move(socket));
      self->accept();
    });
  }
  /// Out of descriptors: accepting again at once would spin.
  void wait_and_accept() {
    pause.expires_after(milliseconds(100));
    pause.async_wait([self = shared_from_this()](boost::system::error_code ec) {
      if (!ec && self->acceptor.is_open()) self->accept();
    });
  }
  void open(tcp::socket socket) {
    auto fresh = tls ? std::make_unique<net::socket_tls>(tls->context(), socket) : nullptr;
    auto stream = std::make_shared<client_stream>(std::move(socket), std::move(fresh));
    streams.insert(stream);
    asio::co_spawn(io, serve(ticks, stream, ports, metrics_only, rng.next(), tls != nullptr),
                   [self = shared_from_this(), stream](std::exception_ptr) { self->streams.erase(stream); });
  }

  asio::io_context& io;
  tcp::acceptor acceptor;
  admin_ports& ports;
  bool metrics_only;
  net::ticker ticks;
  asio::steady_timer pause;
  net::shared_server_tls tls;  // null: plain HTTP
  random_source rng{std::random_device{}()};
  std::set<std::shared_ptr<client_stream>> streams;
};

admin_server::admin_server(asio::io_context& io, tcp::acceptor acceptor, admin_ports& ports, bool metrics_only)
    : state_(std::make_shared<state>(io, std::move(acceptor), ports, metrics_only)) {}
admin_server::~admin_server() { stop(); }
void admin_server::start() { state_->accept(); }
void admin_server::use_tls(net::shared_server_tls tls) { state_->tls = std::move(tls); }
void admin_server::stop() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  state_->pause.cancel();
  for (const auto& stream : std::set(state_->streams)) stream->close();
}

}  // namespace edgemesh::http
