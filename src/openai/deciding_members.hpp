// The top-level members of a request that decide something here, found in one pass over the body. Inner to reading a
// request. Pure.
#pragma once
#include <optional>

#include "json/value.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::openai {

/// Values are kind::none where the member is absent.
struct deciding_members {
  json::value model, stream, stream_options, messages, prompt, input, n, max_tokens, max_completion_tokens, stop, tools,
      tool_choice, functions, function_call, response_format, encoding_format, logprobs, store, background,
      web_search_options;
};

/// 400 when two top-level members have one name, or when one has a deciding name but for case: readers that ignore
/// case (Go's among them, which also takes U+017F for s and U+212A for k) would see another request than we do.
/// Keys are compared unescaped. At most 1024 members.
api_result<deciding_members> find_deciding_members(json::value root);

}  // namespace edgemesh::openai
