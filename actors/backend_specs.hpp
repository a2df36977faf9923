// From settings to what the keeper is told: one entry per backend, those of a Cognis host per slot, and the mould for
// discovered ones. Pure.
#pragma once
#include "actors/interfaces.hpp"
#include "settings/node_settings.hpp"

namespace edgemesh::actors {

backends_configured backends_of(const settings::node_settings& settings);
routes_configured routes_of(const settings::node_settings& settings);

}  // namespace edgemesh::actors
