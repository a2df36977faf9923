// The `options` object of an Ollama request (backends.md B.4). Ollama answers 500 to a wrong type, so types are checked
// here and are the client's 400. Pure.
#pragma once
#include <string>

#include "dialects/dialect.hpp"
#include "dialects/request_members.hpp"

namespace edgemesh::dialects {

/// The object as JSON text; "{}" when nothing is set. Taken from the request's top level: the OpenAI fields and the
/// sampling extras (top_k, min_p, typical_p, repeat_penalty, repeat_last_n, num_keep). The client's own `options`
/// object counts only where `allow_fields` names `options`, and a runner option (num_ctx, num_batch, num_gpu, main_gpu,
/// num_thread, draft_num_predict, use_mmap), which would reload the model for everybody, only where `allow_fields`
/// names that option itself. The top level wins over `options`.
openai::api_result<std::string> ollama_options(const request_members& root, const request_options& options);

}  // namespace edgemesh::dialects
