// Replaces this node's key by a new one while it serves, so that no request is lost: the new key is announced (others let both in, and this
// node describes itself under both); then this node shows the new one; then it says that the new key follows, and the old one is out. Each
// step waits until its news is with everybody who is linked. Control loop; one change at a time.
//
// On disk both keys are there from before the announcement until the new one has taken the old one's place; what is signed last is on
// disk before that, and before anybody hears of it. A process that dies in between goes on with the change at its next start (mesh_life).
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "actors/mesh/mesh_interfaces.hpp"
#include "base/result.hpp"

namespace edgemesh::actors {

struct key_change_deps {
  boost::asio::io_context& io;
  std::string file;                                    ///< of the key
  std::function<void(net::shared_identity)> show;      ///< in handshakes from now on
  std::function<void(net::shared_identity)> become;    ///< to everything else from now on
};

class key_change {
 public:
  using done = std::function<void(result<node_key>)>;  ///< the new key; errors are for the operator
  static constexpr milliseconds spread_time{600};      ///< for news to reach everybody who is linked, also over others

  explicit key_change(key_change_deps deps) : deps_(std::move(deps)), timer_(deps_.io) {}
  key_change(const key_change&) = delete;
  key_change& operator=(const key_change&) = delete;
  void attach(replicator_actor replicator, store_actor store);

  bool is_under_way() const noexcept { return static_cast<bool>(done_); }
  /// Errors at once: one is under way.
  void start(done then);
  void stop();

 private:
  void announce(net::shared_identity next);
  void show(net::shared_identity next);
  void sign(net::shared_identity next);
  void keep(net::shared_identity next, proto::sealed_record succession);
  void become(net::shared_identity next, proto::sealed_record succession);
  void later(milliseconds time, std::function<void()> f);
  void finish(result<node_key> outcome);

  key_change_deps deps_;
  boost::asio::steady_timer timer_;
  replicator_actor replicator_;
  store_actor store_;
  done done_;
};

}  // namespace edgemesh::actors
