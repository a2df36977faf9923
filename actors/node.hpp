// The composition root: makes a node's loops, actors and listeners, connects them, and takes them down in the right order.
#pragma once
#include "settings/node_settings.hpp"
#include "settings/source.hpp"

namespace edgemesh::actors {

/// Runs a node until SIGTERM or SIGINT; returns the process's exit code: 0 after a clean end, 1 when a listener cannot be
/// opened (one line on standard error says what to do). `from` is read again by a reload. Once per process.
int run_node(settings::node_settings settings, settings::source from);

}  // namespace edgemesh::actors
