#include "http/upstream_call.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "net/event.hpp"

namespace edgemesh::http {

namespace asio = boost::asio;
using boost::system::error_code;

/// Lives until the answer has come, also when nobody waits for it any more.
struct upstream_call::loan {
  explicit loan(asio::any_io_executor executor) : arrived(std::move(executor)) {}
  net::event arrived;
  gateway_ports::borrowed connection;
  bool is_wanted = true;
};

upstream_call::upstream_call(shard_context& shard, std::shared_ptr<const net::upstream_target> target,
                             dialects::answer_reader& reader, dialects::answer& answer)
    : shard_(shard), target_(std::move(target)), reader_(reader), answer_(answer), parser_(*this), buffer_(buffer_min) {}

upstream_call::~upstream_call() { abort(); }

asio::awaitable<attempt_cause> upstream_call::open(std::string_view request, connection which) {
  request_ = request;
  if (which == connection::pooled) connection_ = target_->lender ? co_await borrow() : shard_.pool.take(target_->pool_key);
  if (which == connection::pooled && target_->lender && !connection_) co_return attempt_cause::connect_timeout;
  reused_ = connection_ != nullptr;
  if (reused_) {
    connected_at_ = steady_clock::now();
    if (!co_await send()) co_return attempt_cause::ok;
    reused_ = false;  // it had died unnoticed: once more on a fresh one
  }
  const attempt_cause dialled = co_await dial();
  if (dialled != attempt_cause::ok) co_return dialled;
  const error_code ec = co_await send();
  if (ec == asio::error::operation_aborted) co_return attempt_cause::reset;
  cut_short_ = static_cast<bool>(ec);  // it may have answered before it stopped reading (413): read() will tell
  co_return attempt_cause::ok;
}

asio::awaitable<gateway_ports::borrowed> upstream_call::borrow() {
  const auto wait = loan_ = std::make_shared<loan>(shard_.io.get_executor());
  const auto lender = *target_->lender;
  shard_.ports.borrow(lender, target_->timeouts.connect, [wait, &ports = shard_.ports](gateway_ports::borrowed c) {
    if (!wait->is_wanted) return c ? ports.give_back(std::move(c)) : void();
    wait->connection = std::move(c);
    wait->arrived.set();
  });
  co_await wait->arrived.wait();
  loan_.reset();
  co_return std::move(wait->connection);
}

void upstream_call::abort() noexcept {
  if (connection_) connection_->abort();
  const auto waiting = std::exchange(loan_, nullptr);
  if (!waiting) return;
  waiting->is_wanted = false;
  asio::post(shard_.io, [waiting] { waiting->arrived.set(); });  // resumes who called this
}

asio::awaitable<attempt_cause> upstream_call::dial() {
  if (target_->lender) {
    connection_ = co_await borrow();
    connected_at_ = steady_clock::now();
    co_return connection_ ? attempt_cause::ok : attempt_cause::connect_timeout;
  }
  connection_ = std::make_unique<net::upstream_connection>(shard_.io.get_executor());
  const error_code ec = co_await connection_->connect(*target_);
  connected_at_ = steady_clock::now();
  if (!ec) co_return attempt_cause::ok;
  co_return ec == asio::error::timed_out ? attempt_cause::connect_timeout : attempt_cause::refused;
}

asio::awaitable<error_code> upstream_call::send() {
  error_code ec;
  sent_ = true;
  const std::size_t n = connection_->write_now(request_, ec);
  if (!ec && n < request_.size()) ec = co_await connection_->write(request_.substr(n));
  co_return ec;
}

asio::awaitable<upstream_call::progress> upstream_call::read() {
  for (;;) {
    error_code ec;
    const std::size_t n = co_await connection_->read(asio::buffer(buffer_), ec);
    if (n > 0) {
      const auto now = feed({buffer_.data(), n});
      if (n == buffer_.size() && n < buffer_max) buffer_.resize(n * 2);
      co_return now;
    }
    if (!ec) continue;
    const bool nothing_came = first_byte_at_ == instant{};
    if (!nothing_came) co_return ended_by_connection();
    // A pooled connection that the backend closed while the request was on its way: the request was not read.
    broke_off_ = true;
    if (!reused_ || ec == asio::error::operation_aborted) co_return progress::lost;
    reused_ = false;
    if (co_await dial() != attempt_cause::ok || co_await send()) co_return progress::lost;
    broke_off_ = false;
  }
}

upstream_call::progress upstream_call::feed(std::string_view bytes) {
  if (first_byte_at_ == instant{}) first_byte_at_ = steady_clock::now();
  const auto state = parser_.feed(bytes);
  if (state == response_parser::state::broken) return progress::garbage;
  if (!head_given_ && parser_.head_complete() && parser_.head().status >= 200) give_head();
  if (state == response_parser::state::more) return progress::more;
  response_done_ = true;
  if (!answer_.failure && !answer_.complete) reader_.end(true, std::chrono::system_clock::now(), answer_);
  return progress::ended;
}

upstream_call::progress upstream_call::ended_by_connection() {
  const bool clean = parser_.end() == response_parser::state::done;
  broke_off_ = !clean;
  if (!head_given_ && !parser_.head_complete()) return progress::garbage;
  if (!head_given_) give_head();
  if (!answer_.failure && !answer_.complete) reader_.end(clean, std::chrono::system_clock::now(), answer_);
  return progress::ended;
}

void upstream_call::give_head() {
  head_given_ = true;
  const auto& head = parser_.head();
  status_ = head.status;
  reader_.head({head.status, head.content_type, head.retry_after});
}

void upstream_call::on_body(std::string_view bytes) {
  if (!head_given_) give_head();
  if (!answer_.failure && !answer_.complete) reader_.feed(bytes, answer_);
}

asio::awaitable<void> upstream_call::drain() {
  while (connection_ && !response_done_) {
    error_code ec;
    const std::size_t n = co_await connection_->read(asio::buffer(buffer_), ec);
    if (n == 0) co_return;
    const auto state = parser_.feed({buffer_.data(), n});
    if (state == response_parser::state::broken) co_return;
    response_done_ = state == response_parser::state::done;
  }
}

void upstream_call::finish() noexcept {
  if (!connection_) return;
  const bool is_in_order = response_done_ && !cut_short_ && parser_.head().keep_alive && !parser_.trailing() && !answer_.failure;
  if (is_in_order && target_->lender)
    shard_.ports.give_back(std::move(connection_));
  else if (is_in_order)
    shard_.pool.give_back(target_->pool_key, std::move(connection_), steady_clock::now());
  else
    connection_->abort();
  connection_.reset();
}

void upstream_call::tick(instant now) {
  if (connection_ && now >= connection_->due()) connection_->give_up_step();
}

}  // namespace edgemesh::http
