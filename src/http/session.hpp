// One client connection: reads heads and bodies, answers the small pages, hands inference to an exchange, keeps the
// connection or closes it. Lives in its own coroutine's frame on one shard.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "admission/memory_budget.hpp"
#include "http/client_stream.hpp"
#include "http/head_scan.hpp"
#include "http/known_key.hpp"
#include "http/request_context.hpp"
#include "http/session_link.hpp"
#include "http/shard_context.hpp"
#include "net/ticker.hpp"

namespace edgemesh::http {

class exchange;

class session final : net::ticker::client {
 public:
  session(shard_context& shard, std::shared_ptr<client_stream> client, std::shared_ptr<session_link> link);
  ~session() override;

  boost::asio::awaitable<void> run();

 private:
  enum class phase : unsigned char { idle, head, body, exchange, reply };
  void tick(instant now) override;
  boost::asio::awaitable<bool> read_head();
  void begin_request();
  boost::asio::awaitable<void> serve_request();
  boost::asio::awaitable<void> serve_inference();
  void serve_page();
  std::optional<openai::api_error> refusal();
  std::optional<openai::api_error> route_refusal() const;
  std::optional<openai::api_error> authenticate();
  std::optional<openai::api_error> peer_refusal();
  boost::asio::awaitable<void> serve_door();
  std::optional<openai::api_error> body_refusal();
  boost::asio::awaitable<std::optional<openai::api_error>> read_body();
  boost::asio::awaitable<std::optional<openai::api_error>> read_chunked_body();
  boost::asio::awaitable<std::optional<openai::api_error>> read_sized_body(std::uint64_t size);
  void expect_more_body();
  boost::asio::awaitable<void> pass_over_body();
  boost::asio::awaitable<void> reply(std::string bytes);
  boost::asio::awaitable<void> linger();
  std::string options_page();
  std::string text_page(int status, std::string_view body);
  const routing::access* asker() const noexcept { return context_.asker ? &*context_.asker : nullptr; }
  void finish_record();
  void enter(phase p, milliseconds limit);

  shard_context& shard_;
  std::shared_ptr<client_stream> client_;
  std::shared_ptr<session_link> link_;
  request_head head_;
  std::string head_bytes_;  // what head_ points into
  request_context context_;
  known_key known_key_;
  std::string body_;
  admission::memory_budget::share memory_;
  exchange* exchange_ = nullptr;
  phase phase_ = phase::idle;
  instant due_ = instant::max();
  bool body_read_ = false;
};

}  // namespace edgemesh::http
