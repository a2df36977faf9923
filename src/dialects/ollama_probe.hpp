// Probe of an Ollama server (backends.md B.5, B.7): version, tags, what is loaded, then /api/show for the models that
// are not known yet, 8 at most in one run so that it stays short. One probe run, one thread.
#pragma once
#include <memory>

#include "dialects/probe.hpp"

namespace edgemesh::dialects {

/// `memory` may be null and must outlive the probe.
std::unique_ptr<probe> make_ollama_probe(probe_memory* memory);

}  // namespace edgemesh::dialects
