// Tools and tool_choice, also the legacy functions and function_call, in Ollama's words (backends.md B.2, F.1). Ollama
// has no tool_choice: "none" leaves the tools out, a named function leaves the others out. Pure.
#pragma once
#include "dialects/conversion_fault.hpp"
#include "dialects/request_members.hpp"
#include "json/writer.hpp"

namespace edgemesh::dialects {

/// Appends the member `tools` of a request, or nothing.
conversion_fault append_ollama_tools(json::writer& out, const request_members& root);

}  // namespace edgemesh::dialects
