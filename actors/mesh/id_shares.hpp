// This node's shares of the limits of backends that several nodes list under one id: feeds resilience::limit_share with what the mesh's
// records and membership say, and writes what comes out into the backends' cells. Control loop. Bounded by this node's backends.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/backend_cell.hpp"
#include "membership/swim.hpp"
#include "replication/mesh_view.hpp"
#include "resilience/limit_share.hpp"

namespace edgemesh::actors {

class id_shares {
 public:
  static constexpr milliseconds pace{100};           ///< of another look while requests are inside beyond a share
  static constexpr milliseconds settle_time{1000};   ///< for records to come, once the state of every member is known
  static constexpr milliseconds unknown_max{3000};   ///< for which members of whom nothing is heard are waited for

  struct own_listing {
    std::string name, id;
    int limit = 0;               ///< configured; 0: none, so that there is nothing to divide
    bool takes_part = true;      ///< can serve: healthy, not draining
    std::shared_ptr<backend_cell> cell;
  };

  /// `changed` is called with a backend's name when told() of it has changed by itself.
  id_shares(boost::asio::io_context& io, const node_key& self, std::uint64_t seed, std::function<void(const std::string&)> changed,
            std::function<instant()> now = steady_clock::now);
  id_shares(const id_shares&) = delete;
  id_shares& operator=(const id_shares&) = delete;

  void own_is(own_listing listing);
  void own_gone(const std::string& name) { own_.erase(name); }
  /// Without this node.
  void members_are(const std::vector<node_key>& members);
  void liveness_is(const node_key& who, membership::member_state state, std::uint64_t incarnation);
  void view_is(std::shared_ptr<const replication::mesh_view> view);
  /// What the backend's record says about its share; nothing where none is divided.
  resilience::told_share told(const std::string& name) const;
  /// This node goes by another key from now on.
  void is_called(const node_key& self) { self_ = self; }
  /// This node is in the mesh no more: each limit is its own again.
  void stop();

 private:
  struct entry {
    own_listing listing;
    resilience::limit_share machine;
    resilience::told_share told;
  };
  bool update(entry& e);
  void update_all();
  bool is_settled();
  std::vector<resilience::other_lister> others_of(const own_listing& own) const;
  bool is_over(const replication::shared_backend& b) const;
  void arm();

  node_key self_;
  std::function<void(const std::string&)> changed_;
  std::function<instant()> now_;
  random_source rng_;
  boost::asio::steady_timer timer_;
  std::map<std::string, entry> own_;
  struct life { membership::member_state state = membership::member_state::unknown; std::uint64_t incarnation = 0; };
  std::map<node_key, life> members_;
  std::shared_ptr<const replication::mesh_view> view_ = std::make_shared<const replication::mesh_view>();
  const instant began_;
  std::optional<instant> known_since_;  // the state of every member
  bool is_told_ = false, has_settled_ = false, is_armed_ = false, is_over_ = false;
};

}  // namespace edgemesh::actors
