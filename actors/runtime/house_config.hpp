// The actor system's configuration. CAF reads neither our command line nor a caf-application.ini of the working directory;
// its scheduler gets one thread that sleeps while idle (the default one polls), and nothing of ours runs there.
#pragma once
#include <caf/actor_system_config.hpp>

namespace edgemesh::actors {

class house_config : public caf::actor_system_config {
 public:
  house_config();
};

}  // namespace edgemesh::actors
