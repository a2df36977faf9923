// Finds out which linked nodes cannot be dialled at the address that they give, though a link to them is there: a wrong address, a closed
// port, a firewall that is open in the other direction alone. Tries one after its link came up and whenever requests to it got
// lost, then again after growing pauses while it fails. Control loop. Bounded by the linked nodes; `at_once` dials at a time.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/mesh_dial.hpp"
#include "resilience/backoff.hpp"

namespace edgemesh::actors {

struct dial_check_deps {
  boost::asio::io_context& io;
  net::name_resolver& resolver;
  std::shared_ptr<const net::mesh_tls> tls;  ///< client, of protocol http
  /// Whether requests to that node were lost since the last answer from there.
  std::function<bool(const node_key&)> has_losses;
  /// failing() says something else, or a node that failed has answered.
  std::function<void()> changed;
  std::function<void(const node_key&)> answered;
  std::uint64_t seed = 1;
};

class dial_check {
 public:
  static constexpr std::size_t at_once = 4;
  static constexpr milliseconds interval{1000};
  static constexpr resilience::backoff_options pauses{milliseconds(3000), milliseconds(60000)};

  explicit dial_check(dial_check_deps deps) : deps_(std::move(deps)), tick_(deps_.io), rng_(deps_.seed) {}
  dial_check(const dial_check&) = delete;
  dial_check& operator=(const dial_check&) = delete;

  /// The nodes with a link to this one that say where they can be dialled.
  void watch(const std::map<node_key, std::string>& addresses);
  bool is_failing(const node_key& key) const noexcept;
  std::vector<node_key> failing() const;
  /// Connections from now on are made with this.
  void use(std::shared_ptr<const net::mesh_tls> tls) { deps_.tls = std::move(tls); }
  void stop();

 private:
  struct watched {
    std::string address;
    bool is_failing = false, is_new = true;
    instant next{};
    resilience::backoff pauses{dial_check::pauses};
    std::shared_ptr<net::mesh_dial> dial;
  };
  void on_tick();
  void try_one(const node_key& key, watched& w);
  void done(const node_key& key, const result<net::mesh_connection>& outcome);
  void arm();

  dial_check_deps deps_;
  boost::asio::steady_timer tick_;
  random_source rng_;
  std::map<node_key, watched> watched_;
  bool is_ticking_ = false, is_over_ = false;
};

}  // namespace edgemesh::actors
