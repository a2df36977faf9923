// Connections that other nodes have opened to this one so that it can send them requests: nodes that cannot be dialled. Keeps
// those that are not in use, asks each of them now and then whether it lives (which also keeps NATs from forgetting it), and
// gives them out one request at a time. One place for all shards: on the control loop.
//
// Limits: all of lent_stash_options. Beyond one of them a connection is closed, a wish gets none.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/mesh_connection.hpp"
#include "platform/keep_alive.hpp"

namespace edgemesh::http {

struct lent_stash_options {
  std::size_t idle_per_lender_max = 64;
  std::size_t idle_max = 2048;              ///< of all lenders
  std::size_t waiting_per_lender_max = 256;
  std::size_t kept = 2;                     ///< of one lender; what is idle beyond them for `unused_max` is closed
  milliseconds unused_max{30000};
  milliseconds asked_every{10000};          ///< HEAD /healthz on each idle one
  milliseconds answer_max{3000};
  milliseconds absence_max{3000};           ///< a node without any connection is still held to be a lender for this long
  platform::keep_alive_options tcp{.idle_seconds = 20, .interval_seconds = 5, .probes = 2, .unanswered_ms_max = 8000};
};

struct lent_stash_counts {
  std::uint64_t lent = 0;    ///< came
  std::uint64_t used = 0;    ///< times that one was given out
  std::uint64_t silent = 0;  ///< did not say that they live
  std::uint64_t refused = 0; ///< beyond a limit, or of no member
  std::uint64_t waited_in_vain = 0;
};

class lent_stash {
 public:
  using taker = std::function<void(std::optional<net::mesh_connection>)>;

  /// `lenders_changed` is called on the loop whenever has() begins or ends to be true of a node.
  lent_stash(boost::asio::io_context& io, std::function<void()> lenders_changed, lent_stash_options options = {});
  lent_stash(const lent_stash&) = delete;
  lent_stash& operator=(const lent_stash&) = delete;

  /// Fresh from its handshake, or used and in order. `peer` is who lends it.
  void put(net::mesh_connection connection);
  /// For one request. `take` is called once, within `patience`; with nothing when none came, perhaps inside this call. What it
  /// gets comes back by put(), or is closed.
  void borrow(const node_key& lender, milliseconds patience, taker take);
  /// Whether the node lends connections to this one.
  bool has(const node_key& lender) const noexcept { return lenders_.contains(called_now(lender)); }
  std::size_t idle(const node_key& lender) const noexcept;
  void keep_only(const std::vector<node_key>& members);
  /// The node of the one key is known by the other one from now on. What it lent under that one already stays; the rest ends as with renew().
  /// Wishes by the former key mean the same node until keep_only() leaves it out.
  void follow(const node_key& former, const node_key& next);
  /// This node shows another key from now on. What was opened to the former one ends, at once or with the request that it is in: its
  /// lenders open others, and who wants one meanwhile waits.
  void renew();
  void stop();
  const lent_stash_counts& counts() const noexcept { return counts_; }

 private:
  struct resting;
  using resting_ref = std::shared_ptr<resting>;
  struct waiting { instant until; taker take; };
  struct lender {
    std::list<resting_ref> idle;  // used last at the back
    std::deque<waiting> queue;
    std::shared_ptr<const int> tickets = std::make_shared<const int>(0);  // copies are out with connections
    instant absent_since = instant::max();
  };
  lender& entry_of(const node_key& key);
  const node_key& called_now(const node_key& key) const noexcept;
  void wait(const resting_ref& r);
  void on_readable(const resting_ref& r);
  bool hear(resting& r);
  void ask(const resting_ref& r, instant now);
  void drop(const resting_ref& r);
  void hand_out(lender& from, taker take);
  resting_ref usable(lender& from);
  void serve_queue(lender& from);
  void look_at(lender& l, instant now);
  void arm();
  void on_tick();

  boost::asio::steady_timer tick_;
  std::function<void()> lenders_changed_;
  lent_stash_options options_;
  std::map<node_key, lender> lenders_;
  std::map<node_key, node_key> followed_by_;  // the last key of a lender before its present one; at most one of each
  std::size_t idle_ = 0;
  lent_stash_counts counts_;
  bool is_ticking_ = false, is_over_ = false;
};

}  // namespace edgemesh::http
