// Ollama's logprobs, a bare list of tokens, as the logprobs object of a chat chunk or of a completion (backends.md
// A.2, A.9). One answer, one thread: a completion's offsets go on from chunk to chunk.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "domain/endpoint.hpp"
#include "json/value.hpp"

namespace edgemesh::dialects {

class ollama_logprobs {
 public:
  explicit ollama_logprobs(endpoint kind) noexcept : kind_(kind) {}
  /// The object as JSON text, "" when `list` has no tokens.
  std::string convert(json::value list);

 private:
  std::string chat(json::value list) const;
  std::string completion(json::value list);
  endpoint kind_;
  std::size_t offset_ = 0;  // code points of text before the next token
};

}  // namespace edgemesh::dialects
