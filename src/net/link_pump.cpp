#include "net/link_pump.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "platform/stream_pair.hpp"

namespace edgemesh::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t read_bytes = 16u << 10;  // a TLS record
constexpr int reads_per_turn = 4;              // then other links have theirs
constexpr milliseconds tick{100};              // precision of the deadlines
constexpr const char* ended_here = "closed by this node";

bool is_would_block(const error_code& ec) { return ec == asio::error::would_block || ec == asio::error::try_again; }

}  // namespace

result<std::shared_ptr<link_pump>> link_pump::make(mesh_connection connection, const basp_filter_options& filter, link_pump_options options,
                                                   ports p) {
  const auto ends = platform::make_stream_pair();
  if (!ends) return error{"no link: too many open files"};
  error_code ec;
  pair_end near(connection.socket.get_executor());
  near.assign(asio::local::stream_protocol(), (*ends)[0], ec);
  if (!ec) near.non_blocking(true, ec);
  if (ec) {
    if (!near.is_open()) platform::close_stream((*ends)[0]);
    platform::close_stream((*ends)[1]);
    return error{"no link: " + ec.message()};
  }
  platform::keep_alive(connection.socket.native_handle(), options.tcp);
  return std::shared_ptr<link_pump>(new link_pump(std::move(connection), filter, options, std::move(p), std::move(near), (*ends)[1]));
}

link_pump::link_pump(mesh_connection connection, const basp_filter_options& filter, link_pump_options options, ports p, pair_end near,
                     platform::socket_handle far)
    : connection_(std::move(connection)),
      near_(std::move(near)),
      far_(far),
      is_dialled_(filter.is_dialled),
      filter_(filter),
      options_(options),
      ports_(std::move(p)),
      tick_(connection_.socket.get_executor()) {}

link_pump::~link_pump() { shut(); }

void link_pump::start() {
  asio::post(connection_.socket.get_executor(), [self = shared_from_this()] {
    if (self->is_over_) return;
    if (!self->is_dialled_) self->open();
    self->wait(waits::basp_read);
    self->from_peer();  // what came with the handshake announces itself no more
  });
}

void link_pump::wait(waits what) {
  if (is_over_ || std::exchange(is_waiting_[static_cast<int>(what)], true)) return;
  const auto ready = [self = shared_from_this(), what](const error_code&) {
    self->is_waiting_[static_cast<int>(what)] = false;
    if (!self->is_over_) self->on_ready(what);  // an error shows itself in the read or write
  };
  switch (what) {
    case waits::peer_read: return connection_.socket.async_wait(tcp::socket::wait_read, ready);
    case waits::peer_write: return connection_.socket.async_wait(tcp::socket::wait_write, ready);
    case waits::basp_read: return near_.async_wait(pair_end::wait_read, ready);
    case waits::basp_write: return near_.async_wait(pair_end::wait_write, ready);
  }
}

void link_pump::on_ready(waits what) {
  switch (what) {
    case waits::peer_read: return from_peer();
    case waits::peer_write:
      to_peer();
      return from_peer();  // TLS may have had something of its own to say before it could read on
    case waits::basp_read: return from_basp();
    case waits::basp_write:
      to_basp();
      return from_peer();
  }
}

void link_pump::from_peer() {
  if (is_over_ || !in_.empty()) return;  // BASP reads slowly: its turn comes with basp_write
  std::array<char, read_bytes> buffer;
  auto state = socket_tls::state::done;
  const auto n = connection_.tls->read(buffer.data(), buffer.size(), state);
  const bool has_ended = state == socket_tls::state::ended;
  const auto refused = has_ended ? refused_as() : std::nullopt;
  const auto why = has_ended ? mesh_tls_problem(connection_.tls->native_handle()) : std::string();
  if (refused && ports_.refused) ports_.refused(*refused);
  if (n > 0 && !pass_on({buffer.data(), n})) return;
  switch (state) {
    case socket_tls::state::ended: return end(why);
    case socket_tls::state::wants_write: return wait(waits::peer_write);
    case socket_tls::state::wants_read:
      if (in_.empty()) wait(waits::peer_read);
      return;
    case socket_tls::state::done:  // more is here; others have their turn first
      asio::post(connection_.socket.get_executor(), [self = shared_from_this()] { self->from_peer(); });
      return;
  }
}

bool link_pump::pass_on(std::string_view bytes) {
  const auto now = steady_clock::now();
  counts_.bytes_in += bytes.size();
  counts_.last_in = now;
  std::string pass;
  const auto fault = filter_.received(bytes, pass);
  if (fault != basp_fault::none) {
    end("it sent what has no place on a link (" + std::string(name_of(fault)) + ")", fault);
    return false;
  }
  in_.append(pass, now);
  to_basp();
  if (!is_over_ && has_far_ && !pass.empty()) open();
  return !is_over_;
}

void link_pump::to_basp() {
  error_code ec;
  while (!in_.empty() && !ec) {
    const auto view = in_.view();
    in_.consume(near_.write_some(asio::buffer(view.data(), view.size()), ec));
  }
  if (!ec) return;
  if (!is_would_block(ec)) return end(ended_here);
  wait(waits::basp_write);
  watch();
}

void link_pump::from_basp() {
  std::array<char, read_bytes> buffer;
  error_code ec;
  for (int turn = 0; turn < reads_per_turn && !ec && out_.size() < options_.waiting_bytes_max; ++turn) {
    const auto room = std::min(buffer.size(), options_.waiting_bytes_max - out_.size());
    const auto n = near_.read_some(asio::buffer(buffer.data(), room), ec);
    filter_.sent({buffer.data(), n});
    out_.append({buffer.data(), n}, steady_clock::now());
  }
  has_basp_ended_ = ec && !is_would_block(ec);
  to_peer();
}

void link_pump::to_peer() {
  auto state = socket_tls::state::done;
  if (!out_.empty()) {
    const auto n = connection_.tls->write(out_.view(), state);
    out_.consume(n);
    counts_.bytes_out += n;
    if (n > 0) counts_.last_out = steady_clock::now();
  }
  if (state == socket_tls::state::ended) return end(mesh_tls_problem(connection_.tls->native_handle()));
  if (out_.empty() && has_basp_ended_) {
    connection_.tls->send_close_notify();
    return end(ended_here);
  }
  if (state == socket_tls::state::wants_write) wait(waits::peer_write);
  if (state == socket_tls::state::wants_read) wait(waits::peer_read);
  if (out_.size() < options_.waiting_bytes_max / 2) full_since_ = instant::max();
  if (out_.size() >= options_.waiting_bytes_max) full_since_ = std::min(full_since_, steady_clock::now());
  else if (!has_basp_ended_) wait(waits::basp_read);
  if (!out_.empty()) watch();
}

void link_pump::open() {
  has_far_ = false;
  const auto opened = std::exchange(ports_.opened, nullptr);  // it may close this link
  opened(far_);
}

void link_pump::watch() {
  if (std::exchange(is_ticking_, true)) return;
  tick_.expires_after(tick);
  tick_.async_wait([self = shared_from_this()](const error_code& ec) {
    self->is_ticking_ = false;
    if (!ec && !self->is_over_) self->on_tick();
  });
}

void link_pump::on_tick() {
  if (const char* why = overdue(steady_clock::now())) return end(why);
  if (!in_.empty() || !out_.empty()) watch();
}

const char* link_pump::overdue(instant now) const {
  const auto waits_long = [&](instant since, milliseconds most) { return since != instant::max() && now - since >= most; };
  if (waits_long(in_.since(), options_.waiting_time_max)) return "this node was too slow to take what it sent";
  if (waits_long(out_.since(), options_.waiting_time_max)) return "it was too slow to take what was sent";
  if (waits_long(full_since_, options_.full_time_max)) return "it took less than was sent";
  return nullptr;
}

link_pump_counts link_pump::counts() const {
  auto counts = counts_;
  counts.waiting = out_.size();
  counts.dropped = filter_.counts().dropped;
  return counts;
}

void link_pump::close() {
  ports_ = {};
  shut();
}

void link_pump::end(std::string why, basp_fault fault) {
  if (is_over_) return;
  shut();
  const auto closed = std::exchange(ports_, {}).closed;
  closed(std::move(why), fault);
}

void link_pump::shut() {
  if (std::exchange(is_over_, true)) return;
  error_code ignored;
  connection_.socket.close(ignored);
  near_.close(ignored);
  tick_.cancel();
  if (std::exchange(has_far_, false)) platform::close_stream(far_);
}

}  // namespace edgemesh::net
