// Which fault strikes which request: the settings in force, their counts and ends. Owned by the fake backend;
// one thread. At most 64 settings; time and chance are passed in.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random_source.hpp"
#include "mock/fault.hpp"

namespace edgemesh::mock {

/// What a path is to the faults: a call that generates, a health page, or another page.
enum class path_role : std::uint8_t { work, health, page };

class fault_table {
 public:
  static constexpr std::size_t size_max = 64;

  void replace(std::vector<fault_setting> settings, instant now);
  std::vector<fault_setting> settings(
      instant now) const;  ///< those still in force, with the counts that are left

  /// The first setting that hits this request; its count goes down.
  std::optional<fault_setting> strike(std::string_view path, path_role role, random_source& rng, instant now);
  /// Whether a new connection is to be reset.
  bool strikes_connection(random_source& rng, instant now);
  /// True while every connection is refused: the listener is closed.
  bool is_shut(instant now) const noexcept;
  /// When is_shut() turns false by itself; nullopt when it does not or is not shut.
  std::optional<instant> shut_until(instant now) const noexcept;

 private:
  struct armed {
    fault_setting setting;
    std::optional<instant> until;
  };
  static bool in_force(const armed& a, instant now) noexcept;
  static bool hits(armed& a, random_source& rng);
  static bool shuts(const armed& a) noexcept;

  std::vector<armed> armed_;
};

}  // namespace edgemesh::mock
