#include "mock/connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <utility>

#include "mock/mock_service.hpp"

namespace edgemesh::mock {
namespace {

namespace asio = boost::asio;
constexpr std::size_t waiting_max = 1u << 20;

}  // namespace

connection::connection(asio::ip::tcp::socket socket, mock_service& service, bool control_only)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      service_(service),
      control_only_(control_only),
      last_active_(steady_clock::now()),
      reader_(service.state().options.body_max) {
  service_.joined(*this);
}

connection::~connection() { service_.left(*this); }

void connection::start() {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  read();
}

void connection::read() {
  socket_.async_read_some(asio::buffer(in_),
                          [self = shared_from_this()](boost::system::error_code ec, std::size_t size) {
                            if (self->closed_) return;
                            if (ec) return self->lost();
                            self->received(size);
                            if (!self->closed_) self->read();
                          });
}

void connection::received(std::size_t size) {
  const std::string_view fresh(in_.data(), size);
  if (exchange_busy_ || !waiting_.empty()) {
    waiting_ += fresh;
    if (waiting_.size() > waiting_max && exchange_busy_) return reset();
    if (exchange_busy_) return;
    const auto all = std::exchange(waiting_, {});
    return feed(all);
  }
  feed(fresh);
}

void connection::feed(std::string_view data) {
  for (;;) {
    switch (reader_.feed(data)) {
      case http_reader::progress::more:
        waiting_ = data;
        return;
      case http_reader::progress::malformed:
        return refuse(400);
      case http_reader::progress::too_large:
        return refuse(413);
      case http_reader::progress::wants_continue: {
        // Small enough for the empty socket buffer; nothing else is being written between requests.
        boost::system::error_code ec;
        asio::write(socket_, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), ec);
        if (ec) return lost();
        break;
      }
      case http_reader::progress::complete: {
        const bool keeps_alive = reader_.keeps_alive(), is_old = reader_.is_old();
        waiting_ = data;
        exchange_busy_ = true;
        last_active_ = steady_clock::now();
        exchange_.emplace(*this, service_, reader_.take(), is_old, keeps_alive);
        return exchange_->begin(control_only_);
      }
    }
  }
}

void connection::refuse(int status) {
  std::string out;
  append_head(out, {status, "text/plain", "", 0, false, false}, {});
  boost::system::error_code ignored;
  asio::write(socket_, asio::buffer(out), ignored);
  shut();
}

void connection::send(std::string bytes, step next) {
  if (closed_) return;
  out_ = std::move(bytes);
  asio::async_write(socket_, asio::buffer(out_),
                    [self = shared_from_this(), next](boost::system::error_code ec, std::size_t) {
                      if (self->closed_) return;
                      if (ec) return self->lost();
                      ((*self->exchange_).*next)();
                    });
}

void connection::wait_until(instant due, step next) {
  if (closed_) return;
  timer_.expires_at(due);
  timer_.async_wait([self = shared_from_this(), next](boost::system::error_code ec) {
    if (!ec && !self->closed_) ((*self->exchange_).*next)();
  });
}

void connection::post(step next) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), next] {
    if (!self->closed_) ((*self->exchange_).*next)();
  });
}

void connection::ended(bool keeps_alive) {
  if (!keeps_alive) return shut();
  exchange_busy_ = false;
  last_active_ = steady_clock::now();
  if (waiting_.empty()) return;
  // The exchange that calls this must not be replaced under its feet.
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->closed_ || self->exchange_busy_) return;
    const auto all = std::exchange(self->waiting_, {});
    self->feed(all);
  });
}

void connection::reset() {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  shut();
}

void connection::shut() {
  if (closed_) return;
  closed_ = true;
  timer_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void connection::lost() {
  if (exchange_busy_) exchange_->client_left();
  shut();
}

}  // namespace edgemesh::mock
