// Data classes: an ordered list of names, lowest (least sensitive) first. A level is an index into it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgemesh {

using class_level = std::uint8_t;  ///< 0 is the least sensitive

struct data_classes {
  std::vector<std::string> names{"public", "internal", "confidential"};  ///< 1..16 names

  std::optional<class_level> find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return static_cast<class_level>(i);
    return std::nullopt;
  }
  class_level lowest() const noexcept { return 0; }
  class_level highest() const noexcept { return static_cast<class_level>(names.empty() ? 0 : names.size() - 1); }
  std::string_view name_of(class_level l) const noexcept { return l < names.size() ? std::string_view(names[l]) : "?"; }
  friend bool operator==(const data_classes&, const data_classes&) = default;
};

}  // namespace edgemesh
