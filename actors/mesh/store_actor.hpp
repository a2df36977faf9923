// The store actor: the one place of a running node that waits for the disk. Detached, so a slow disk holds up nobody else; facts that
// are sent to it are written in order. A disk that fails is logged and the node goes on with what it has in memory.
#pragma once
#include <caf/actor_system.hpp>
#include <memory>

#include "actors/mesh/mesh_interfaces.hpp"
#include "store/store.hpp"

namespace edgemesh::actors {

store_actor spawn_store(caf::actor_system& system, std::shared_ptr<store::store> disk);

}  // namespace edgemesh::actors
