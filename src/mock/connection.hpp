// One client connection of a fake backend: a read stands on the socket in every phase, so that a client that
// leaves is seen at once; one exchange at a time answers. Kept alive by its own pending operations; one
// thread. Up to 1 MiB of pipelined requests wait, beyond that the connection is reset.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "mock/exchange.hpp"
#include "mock/http_reader.hpp"

namespace edgemesh::mock {

class mock_service;

class connection : public std::enable_shared_from_this<connection> {
 public:
  using step = void (exchange::*)();

  /// `control_only`: answers /mock/* alone.
  connection(boost::asio::ip::tcp::socket socket, mock_service& service, bool control_only);
  ~connection();
  void start();

  // For the exchange. After each the named step of the exchange is called, unless the connection ended
  // before.
  void send(std::string bytes, step next);
  void wait_until(instant due, step next);
  void post(step next);
  void ended(bool keeps_alive);  ///< the answer is out
  void reset();                  ///< RST
  void shut();                   ///< FIN

  bool is_idle_since(instant limit) const noexcept { return !exchange_busy_ && last_active_ < limit; }

 private:
  void read();
  void received(std::size_t size);
  void feed(std::string_view data);
  void refuse(int status);
  void lost();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  mock_service& service_;
  bool control_only_;
  bool closed_ = false;
  bool exchange_busy_ = false;
  instant last_active_;
  http_reader reader_;
  std::optional<exchange> exchange_;
  std::string waiting_;  ///< received, not yet read
  std::string out_;
  std::array<char, 16384> in_;
};

}  // namespace edgemesh::mock
