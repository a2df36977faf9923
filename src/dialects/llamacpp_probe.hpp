// Probe of a llama-server (backends.md C.1, C.2, C.6, C.7), also of a Cognis slot, which is one: health, models, props,
// then load from /slots or, where those are switched off, from /metrics. One probe run, one thread.
#pragma once
#include <memory>

#include "dialects/probe.hpp"

namespace edgemesh::dialects {

/// `kind` is llamacpp or cognis.
std::unique_ptr<probe> make_llamacpp_probe(backend_kind kind);

}  // namespace edgemesh::dialects
