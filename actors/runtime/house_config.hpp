// The actor system's configuration. CAF reads neither our command line nor a caf-application.ini of the working directory;
// its scheduler gets one thread that sleeps while idle (the default one polls), and nothing of ours runs there.
#pragma once
#include <caf/actor_system_config.hpp>
#include <optional>

#include "domain/mesh_ids.hpp"

namespace edgemesh::actors {

class house_config : public caf::actor_system_config {
 public:
  /// `mesh_key`: of a node in a mesh; loads the middleman (one more thread), its heartbeats on.
  explicit house_config(std::optional<node_key> mesh_key = std::nullopt);

  const std::optional<node_key>& mesh_key() const noexcept { return mesh_key_; }

 private:
  std::optional<node_key> mesh_key_;
};

}  // namespace edgemesh::actors
