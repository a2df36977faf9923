// One model as one backend offers it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "domain/capability.hpp"

namespace edgemesh {

struct model_offer {
  std::string name;      ///< the public id: what clients ask for (after `rename`)
  std::string upstream;  ///< what the backend calls it
  std::string owned_by;
  std::int64_t created = 0;                     ///< Unix seconds; 0 when the backend says none
  std::optional<std::int64_t> context_length;   ///< tokens per request
  std::optional<bool> loaded;                   ///< in memory now
  capability_set capabilities;
  bool runs_elsewhere = false;                  ///< Ollama :cloud tags: the prompt leaves the machine
  friend bool operator==(const model_offer&, const model_offer&) = default;
};

}  // namespace edgemesh
