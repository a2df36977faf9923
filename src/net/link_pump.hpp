// Carries the bytes of one link between its TLS connection and CAF's BASP, which gets the far end of a socket pair; what
// comes in passes basp_filter. Held by shared_ptr (its waits keep it alive until the link ends). The connection's loop.
//
// Limits: `waiting_bytes_max` each way. A peer that does not take what waits ends the link, it never makes this node hold more:
// after `waiting_time_max` for the oldest byte, after `full_time_max` at the limit (BASP behind it buffers without end).
#pragma once
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/basp_filter.hpp"
#include "net/mesh_connection.hpp"
#include "net/waiting_bytes.hpp"
#include "platform/keep_alive.hpp"

namespace edgemesh::net {

struct link_pump_options {
  std::size_t waiting_bytes_max = 256u << 10;
  milliseconds waiting_time_max{5000};
  milliseconds full_time_max{1000};
  /// TCP's own; upper layers say something at least every 20 s as well.
  platform::keep_alive_options tcp{.send_buffer_bytes = 256 << 10};
};

struct link_pump_counts {
  std::uint64_t bytes_in = 0, bytes_out = 0;  ///< BASP's, without TLS
  instant last_in{}, last_out{};              ///< when such bytes last moved
  std::size_t waiting = 0;                    ///< bytes for the peer
  std::uint64_t dropped = 0;                  ///< messages that BASP need not see
};

class link_pump : public std::enable_shared_from_this<link_pump> {
 public:
  struct ports {
    /// BASP's end of the pair, non-blocking; whoever is called owns it. Called once: at once where the peer dialled, and
    /// where this node did once there is something to read (CAF takes a fresh connection without for one that timed out).
    std::function<void(platform::socket_handle)> opened;
    /// Called once, last, never inside start() or close(): why the link ended, for people, and whether the filter did it.
    std::function<void(std::string why, basp_fault fault)> closed;
    /// Called before that when the peer did not accept our key: what it takes it for. May be left out.
    std::function<void(key_standing)> refused{};
  };

  /// Errors: no descriptor left.
  static result<std::shared_ptr<link_pump>> make(mesh_connection connection, const basp_filter_options& filter, link_pump_options options,
                                                 ports p);
  ~link_pump();
  link_pump(const link_pump&) = delete;
  link_pump& operator=(const link_pump&) = delete;

  void start();
  /// Ends both sides at once; `closed` is not called any more.
  void close();
  link_pump_counts counts() const;

 private:
  using tcp = boost::asio::ip::tcp;
  using pair_end = boost::asio::local::stream_protocol::socket;
  enum class waits : unsigned char { peer_read, peer_write, basp_read, basp_write };
  static constexpr int waits_count = 4;

  link_pump(mesh_connection connection, const basp_filter_options& filter, link_pump_options options, ports p, pair_end near,
            platform::socket_handle far);
  void wait(waits what);
  void on_ready(waits what);
  void from_peer();
  bool pass_on(std::string_view bytes);
  void to_basp();
  void from_basp();
  void to_peer();
  void open();
  void watch();
  void on_tick();
  const char* overdue(instant now) const;
  void end(std::string why, basp_fault fault = basp_fault::none);
  void shut();

  mesh_connection connection_;
  pair_end near_;
  platform::socket_handle far_;
  bool has_far_ = true;  // not handed out yet
  bool is_dialled_;
  basp_filter filter_;
  link_pump_options options_;
  ports ports_;
  boost::asio::steady_timer tick_;
  waiting_bytes in_, out_;
  instant full_since_ = instant::max();
  link_pump_counts counts_;
  bool is_waiting_[waits_count] = {};
  bool is_ticking_ = false;
  bool has_basp_ended_ = false;
  bool is_over_ = false;
};

}  // namespace edgemesh::net
