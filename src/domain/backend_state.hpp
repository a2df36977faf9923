// The health of a backend as its actor sees it.
#pragma once
#include <cstdint>
#include <string_view>

namespace edgemesh {

enum class backend_health : std::uint8_t {
  unknown,        ///< not probed yet
  ready,
  warming,        ///< answers, but is loading a model
  down,           ///< does not answer
  misconfigured,  ///< answers, but refuses our credential or is not what it was configured as
};
constexpr std::string_view name_of(backend_health h) noexcept {
  constexpr std::string_view names[] = {"unknown", "ready", "warming", "down", "misconfigured"};
  return names[static_cast<int>(h)];
}

enum class breaker_state : std::uint8_t { closed, open, half_open };
constexpr std::string_view name_of(breaker_state s) noexcept {
  constexpr std::string_view names[] = {"closed", "open", "half_open"};
  return names[static_cast<int>(s)];
}

}  // namespace edgemesh
