// What differs between two settings, for a reload. Pure.
#pragma once
#include <string>
#include <vector>

#include "settings/node_settings.hpp"

namespace edgemesh::settings {

struct change {
  std::vector<std::string> changed;        ///< top-level keys that differ and take effect: "backends", "limits", ...
  std::vector<std::string> needs_restart;  ///< of listen, data_dir, threads, node: differ, but only a restart applies them
  std::vector<std::string> backends_added, backends_removed, backends_changed;  ///< names, in slots_of() form
  bool empty() const noexcept { return changed.empty() && needs_restart.empty(); }
};
/// A renamed backend is one removed and one added.
change difference(const node_settings& now, const node_settings& next);

/// `next` with the parts that need a restart taken from `now`: what a running node goes on with.
node_settings applicable(const node_settings& now, node_settings next);

}  // namespace edgemesh::settings
