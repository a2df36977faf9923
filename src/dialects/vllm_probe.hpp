// Probe of a vLLM server (backends.md D.1, D.5): health, models, version, load from /metrics. One probe run, one thread.
#pragma once
#include <memory>

#include "dialects/probe.hpp"

namespace edgemesh::dialects {

std::unique_ptr<probe> make_vllm_probe();

}  // namespace edgemesh::dialects
