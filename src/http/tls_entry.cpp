#include "http/tls_entry.hpp"

#include <algorithm>

#include "http/response_writer.hpp"

namespace edgemesh::http {

namespace asio = boost::asio;

namespace {

constexpr milliseconds linger_max{1000};
constexpr std::size_t passed_over_max = 1u << 20;

class entry final : public net::ticker::client {
 public:
  entry(net::ticker& ticks, std::shared_ptr<client_stream> stream, milliseconds patience)
      : net::ticker::client(ticks), stream_(std::move(stream)), due_(steady_clock::now() + patience) {}

  asio::awaitable<bool> run() {
    switch (co_await stream_->shake_hands()) {
      case client_stream::handshake::done: co_return true;
      case client_stream::handshake::plain: co_await refuse_plain(); break;
      case client_stream::handshake::failed: break;
    }
    co_return false;
  }

 private:
  void tick(instant now) override {
    if (now >= due_) stream_->close();
  }

  /// As any answer that closes: with unread bytes left the connection would be reset and the words lost.
  asio::awaitable<void> refuse_plain() {
    due_ = std::min(due_, steady_clock::now() + linger_max);
    const openai::api_error error{400, "this port speaks TLS: ask with https://", "invalid_request_error", {}, "tls_required", {}, false};
    response_writer head(error.status);
    head.field("content-type", "application/json").field("connection", "close");
    stream_->write_now(std::move(head).with_body(error.body()));
    stream_->shutdown_send();
    for (std::size_t seen = 0; seen < passed_over_max; seen += stream_->in.size()) {
      stream_->in.clear();
      if (!co_await stream_->more()) break;
    }
  }

  std::shared_ptr<client_stream> stream_;
  instant due_;
};

}  // namespace

asio::awaitable<bool> enter_tls(net::ticker& ticks, std::shared_ptr<client_stream> stream, milliseconds patience) {
  entry e(ticks, std::move(stream), patience);
  co_return co_await e.run();
}

}  // namespace edgemesh::http
