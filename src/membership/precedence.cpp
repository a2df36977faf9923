#include "membership/precedence.hpp"

namespace edgemesh::membership {

std::string_view name_of(member_state s) noexcept {
  switch (s) {
    case member_state::unknown: return "unknown";
    case member_state::alive: return "alive";
    case member_state::suspect: return "suspect";
    case member_state::left: return "left";
    case member_state::dead: return "dead";
  }
  return "unknown";
}

}  // namespace edgemesh::membership
