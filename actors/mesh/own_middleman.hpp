// CAF's middleman as the mesh uses it: it listens on no port and dials nobody, its node id is new at each start, and nobody can
// reach an actor by name. Made by CAF on the thread that makes the actor system; BASP runs on the middleman's own thread. Only
// a node in a mesh loads it: the key given to house_config.
#pragma once
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/node_id.hpp>

#include "domain/mesh_ids.hpp"

namespace edgemesh::actors {

/// A CAF node id of one life of `self`. CAF would make it from MAC addresses, root disk and pid, which two containers share. Half of
/// it is the key, so that belongs_to() can tell whose it is; the other half is random.
caf::node_id fresh_node_id(const node_key& self);
bool belongs_to(const caf::node_id& id, const node_key& owner) noexcept;

class own_middleman final : public caf::io::middleman {
 public:
  explicit own_middleman(caf::actor_system& system) : caf::io::middleman(system), backend_(&system) {}
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) { return new own_middleman(system); }

  void init(caf::actor_system_config& config) override;
  void start() override;
  caf::io::network::multiplexer& backend() override { return backend_; }

 private:
  caf::io::network::default_multiplexer backend_;
};

}  // namespace edgemesh::actors
