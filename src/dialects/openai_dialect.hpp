// The dialects that speak the OpenAI API on both sides: openai, llamacpp, vllm and cognis. Bytes pass; they differ in
// a closed list of edits (pass_request.hpp) and in their steering fields. Stateless, shared by all threads. Pure.
#pragma once
#include "dialects/dialect.hpp"

namespace edgemesh::dialects {

/// `kind` is one of openai, llamacpp, vllm, cognis (EDGEMESH_CHECK).
const dialect& openai_dialect_of(backend_kind kind);

}  // namespace edgemesh::dialects
