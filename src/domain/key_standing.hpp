// What a key is to the mesh, for whoever lets it in or refuses it with words. A value.
#pragma once
#include <cstdint>
#include <string_view>

namespace edgemesh {

enum class key_standing : std::uint8_t {
  unknown,   ///< nobody that this node has heard of
  member,
  ended,     ///< a member whose time is over
  evicted,   ///< thrown out, for ever
  replaced,  ///< its node has another key now
};
constexpr std::string_view name_of(key_standing s) noexcept {
  switch (s) {
    case key_standing::unknown: return "unknown";
    case key_standing::member: return "member";
    case key_standing::ended: return "ended";
    case key_standing::evicted: return "evicted";
    case key_standing::replaced: return "replaced";
  }
  return "unknown";
}

}  // namespace edgemesh
