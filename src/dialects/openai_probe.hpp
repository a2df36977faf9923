// Probe of any OpenAI-compatible server (backends.md E.2): its model list; where that is missing, /info of a TGI. One
// probe run, one thread.
#pragma once
#include <memory>

#include "dialects/probe.hpp"

namespace edgemesh::dialects {

std::unique_ptr<probe> make_openai_probe();

}  // namespace edgemesh::dialects
