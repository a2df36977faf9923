// The certificates by which this node's listeners speak TLS: read at start, and again when their files change (time and size are looked at
// every `poll_interval`) or a reload is asked for. Files that are no good change nothing and are told of once. On the control loop.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/server_tls.hpp"
#include "settings/node_settings.hpp"

namespace edgemesh::actors {

class listener_certificates {
 public:
  using use_function = std::function<void(net::shared_server_tls)>;

  explicit listener_certificates(boost::asio::io_context& io) : timer_(io) {}

  /// Before watch(). `use` gets the context at once, and again when it changes; not called for a listener without TLS. The error, for the
  /// operator, names the file. `key` is that of the settings: "listen.tls.api".
  result<void> add(const char* key, const settings::listener_tls& files, use_function use);
  void watch();
  /// When the certificates end that are in use.
  void append_metrics(std::string& out) const;
  /// Looks at the files now and takes what has changed.
  void look();
  void stop() { timer_.cancel(); }

 private:
  struct stamp {
    std::filesystem::file_time_type changed{};
    std::uintmax_t size = 0;
    friend bool operator==(const stamp&, const stamp&) = default;
  };
  using stamps = std::vector<stamp>;
  struct entry {
    std::string key;
    net::server_tls_files files;
    use_function use;
    stamps seen;
    wall_time end{};
  };
  static std::optional<stamps> stamps_of(const net::server_tls_files& files);
  static result<void> take(entry& e);

  static constexpr seconds poll_interval{2};
  boost::asio::steady_timer timer_;
  std::vector<entry> entries_;  // at most one per listener
};

}  // namespace edgemesh::actors
