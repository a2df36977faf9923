// Ollama's native API (backends.md B): /api/chat, /api/generate, /api/embed, answers as NDJSON. Its own /v1 loses
// errors in mid-stream, tool choices and content parts, so requests and answers are converted instead. Stateless.
#pragma once
#include "dialects/dialect.hpp"

namespace edgemesh::dialects {

const dialect& ollama_dialect();

}  // namespace edgemesh::dialects
