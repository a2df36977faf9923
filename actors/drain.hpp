// The end of a node: after the first SIGTERM requests in progress go on for up to `patience`, then they are cancelled; a
// second signal ends the process at once. While requests go on, idle and, for `notice`, new connections are still answered,
// each once, so that balancers hear /readyz say 503 before connections are refused. On the control loop.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "actors/node_shared.hpp"
#include "actors/shard_set.hpp"

namespace edgemesh::actors {

class drain {
 public:
  drain(boost::asio::io_context& io, shard_set& shards, node_shared& shared, std::function<void()> done)
      : io_(io), shards_(shards), shared_(shared), done_(std::move(done)), timer_(io) {}
  bool has_begun() const noexcept { return shared_.is_draining; }
  /// `done` is called once, when no session is left, at most `patience` and `goodbye` later.
  void begin(milliseconds patience);

 private:
  void wait_for_requests();
  void let_idle_go();
  void stop_accepting();
  void end_sessions(int busy);
  void wait_for_sessions();
  void again(void (drain::*step)());

  static constexpr milliseconds interval{20};
  static constexpr milliseconds notice{5000};   ///< steady traffic must not hold the node until `patience` is over
  static constexpr milliseconds goodbye{2000};  ///< for cancelled sessions to end
  boost::asio::io_context& io_;
  shard_set& shards_;
  node_shared& shared_;
  std::function<void()> done_;
  boost::asio::steady_timer timer_;
  instant deadline_{}, notice_end_{};
  bool is_accepting_ = true;
};

}  // namespace edgemesh::actors
