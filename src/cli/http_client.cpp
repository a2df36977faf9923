#include "cli/http_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "base/base64.hpp"
#include "base/version.hpp"
#include "net/client_tls.hpp"
#include "net/tls_peer.hpp"
#include "net/tunnel_reply.hpp"

namespace edgemesh::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::use_awaitable;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;

http_response failure(const error_code& ec, const char* during) {
  http_response out;
  const bool is_network = ec.category() == asio::error::get_system_category() || ec.category() == asio::error::get_netdb_category();
  if (ec == beast::error::timeout)
    out.result = http_response::outcome::timed_out;
  else if (is_network && ec != asio::error::connection_reset && ec != asio::error::broken_pipe)
    out.result = http_response::outcome::refused;
  else
    out.result = http_response::outcome::broken;
  out.detail = std::string(during) + ": " + (ec == beast::error::timeout ? "no answer in time" : ec.message());
  return out;
}

const host_port& dialled(const http_origin& origin) { return origin.proxy ? origin.proxy->authority : origin.authority; }

awaitable<void> connect(beast::tcp_stream& stream, const host_port& to, milliseconds timeout) {
  tcp::resolver resolver(stream.get_executor());
  const auto found = co_await resolver.async_resolve(to.host, std::to_string(to.port), use_awaitable);
  stream.expires_after(timeout);
  co_await stream.async_connect(found, use_awaitable);
}

http::request<http::string_body> message(const http_origin& origin, const http_request& from) {
  http::request<http::string_body> out(http::string_to_verb(from.method), from.target, 11);
  const bool usual_port = origin.authority.port == (origin.tls ? 443 : 80);
  std::string host = origin.authority.to_string();
  if (usual_port) host = host.substr(0, host.rfind(':'));
  if (origin.proxy && !origin.tls) {
    out.target("http://" + host + from.target);
    if (!origin.proxy->basic_credentials.empty())
      out.set(http::field::proxy_authorization, "Basic " + base64::encode(origin.proxy->basic_credentials.reveal()));
  }
  out.set(http::field::host, host);
  out.set(http::field::user_agent, std::string("edgemesh/") + version_text);
  out.set(http::field::accept_encoding, "identity");
  out.set(http::field::connection, "close");
  for (const auto& [name, value] : from.headers) out.set(name, value.reveal());
  if (!from.body.empty()) out.set(http::field::content_type, "application/json");
  out.body() = from.body;
  if (!from.body.empty() || from.method != "GET") out.prepare_payload();
  return out;
}

http_response head_of(const http::response<http::buffer_body>& from, instant begun) {
  http_response out;
  out.result = http_response::outcome::answered;
  out.status = from.result_int();
  out.content_type = from[http::field::content_type];
  out.date = from[http::field::date];
  out.edgemesh_node = from["x-edgemesh-node"];
  out.latency = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun);
  return out;
}

struct exchange_call {
  const http_origin& origin;
  const http_request& request;
  const std::function<bool(std::string_view)>* on_bytes;  // null: collect
  instant begun = steady_clock::now();
  const char* during = "connect";
  bool has_head = false;  // of the answer: before it TLS may still be refused

  void set_deadline(beast::tcp_stream& socket) const {
    if (on_bytes)
      socket.expires_after(request.total_timeout);
    else
      socket.expires_at(begun + request.total_timeout);
  }

  template <class Stream>
  awaitable<http_response> talk(Stream& stream, beast::tcp_stream& socket) {
    set_deadline(socket);
    during = "send";
    auto out = message(origin, request);
    co_await http::async_write(stream, out, use_awaitable);
    during = "receive";
    beast::flat_buffer buffer;
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    if (request.method == "HEAD") parser.skip(true);
    co_await http::async_read_header(stream, buffer, parser, use_awaitable);
    has_head = true;
    auto response = head_of(parser.get(), begun);
    const bool streams = on_bytes && response.status / 100 == 2;
    std::array<char, 16384> piece;
    while (!parser.is_done()) {
      if (streams) set_deadline(socket);
      parser.get().body() = {piece.data(), piece.size(), true};
      error_code ec;
      co_await http::async_read_some(stream, buffer, parser, asio::redirect_error(use_awaitable, ec));
      if (ec && ec != http::error::need_buffer) throw boost::system::system_error(ec);
      const std::string_view got(piece.data(), piece.size() - parser.get().body().size);
      if (streams ? !(*on_bytes)(got) : response.body.size() + got.size() > request.bytes_max) break;
      if (!streams) response.body += got;
    }
    co_return response;
  }

  static http_response failed(http_response::outcome how, std::string detail) {
    http_response out;
    out.result = how;
    out.detail = std::move(detail);
    return out;
  }

  /// "" or why there is no tunnel.
  awaitable<std::string> tunnel(beast::tcp_stream& socket) {
    during = "proxy";
    http::request<http::empty_body> ask(http::verb::connect, origin.authority.to_string(), 11);
    ask.set(http::field::host, origin.authority.to_string());
    if (!origin.proxy->basic_credentials.empty())
      ask.set(http::field::proxy_authorization, "Basic " + base64::encode(origin.proxy->basic_credentials.reveal()));
    co_await http::async_write(socket, ask, use_awaitable);
    beast::flat_buffer buffer;
    http::response_parser<http::empty_body> answer;
    answer.skip(true);
    co_await http::async_read_header(socket, buffer, answer, use_awaitable);
    co_return net::tunnel_problem("HTTP/1.1 " + std::to_string(answer.get().result_int()));
  }

  awaitable<http_response> run_tls(beast::tcp_stream socket) {
    const auto tls = net::client_tls::make({origin.ca_file, origin.client_cert, origin.client_key, origin.trusts_leaf});
    if (!tls) co_return failed(http_response::outcome::broken, tls.error().message);
    const std::string name = origin.server_name.empty() ? origin.authority.host : origin.server_name;
    tls_stream stream(std::move(socket), (*tls)->context());
    if (!net::expect_server(stream.native_handle(), name))
      co_return failed(http_response::outcome::broken, "server_name is no name that TLS knows");
    during = "TLS";
    try {
      co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
      co_return co_await talk(stream, stream.next_layer());
    } catch (const boost::system::system_error& e) {
      if (has_head || e.code() == beast::error::timeout) throw;
      co_return failed(http_response::outcome::broken, "TLS: " + net::tls_problem(e.code(), stream.native_handle(), name));
    }
  }

  awaitable<http_response> run() {
    try {
      beast::tcp_stream socket(co_await asio::this_coro::executor);
      co_await connect(socket, dialled(origin), request.connect_timeout);
      set_deadline(socket);
      if (!origin.tls) co_return co_await talk(socket, socket);
      if (origin.proxy)
        if (auto problem = co_await tunnel(socket); !problem.empty())
          co_return failed(http_response::outcome::refused, std::move(problem));
      co_return co_await run_tls(std::move(socket));
    } catch (const boost::system::system_error& e) {
      co_return failure(e.code(), during);
    }
  }
};

template <class T>
T run_blocking(awaitable<T> work) {
  asio::io_context io(1);
  T out;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr failed, T value) {
    if (failed) std::rethrow_exception(failed);
    out = std::move(value);
  });
  io.run();
  return out;
}

awaitable<connect_report> connect_only(const host_port& authority, milliseconds timeout) {
  connect_report out;
  const auto begun = steady_clock::now();
  try {
    beast::tcp_stream socket(co_await asio::this_coro::executor);
    co_await connect(socket, authority, timeout);
    out.is_listening = true;
  } catch (const boost::system::system_error& e) {
    out.timed_out = e.code() == beast::error::timeout;
    out.detail = out.timed_out ? "no answer in time" : e.code().message();
  }
  out.latency = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun);
  co_return out;
}

}  // namespace

http_origin plain_origin(host_port authority) {
  http_origin out;
  out.authority = std::move(authority);
  return out;
}

http_origin origin_of(const settings::backend_settings& b) {
  return {b.url.tls, b.url.authority, b.ca_file.string(), b.client_cert.string(), b.client_key.string(), b.server_name, b.proxy};
}

http_response exchange(const http_origin& origin, const http_request& request) {
  exchange_call call{origin, request, nullptr};
  return run_blocking(call.run());
}

http_response exchange_streaming(const http_origin& origin, const http_request& request,
                                 const std::function<bool(std::string_view)>& on_bytes) {
  exchange_call call{origin, request, &on_bytes};
  return run_blocking(call.run());
}

connect_report try_connect(const host_port& authority, milliseconds timeout) {
  return run_blocking(connect_only(authority, timeout));
}

result<wall_time> certificate_end(const std::string& pem_file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(pem_file.c_str(), "r"), BIO_free);
  if (!file) return error{"cannot read " + pem_file};
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
  std::tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1)
    return error{pem_file + " holds no certificate that can be read"};
  return std::chrono::system_clock::from_time_t(timegm(&end));
}

}  // namespace edgemesh::cli
