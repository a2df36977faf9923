// Reads the answer of /api/embed as an OpenAI embedding list (backends.md A.10, B.5). One attempt, one thread; memory
// is bounded by body_bytes_max.
#pragma once
#include "dialects/ollama_gathering_reader.hpp"
#include "json/value.hpp"

namespace edgemesh::dialects {

class ollama_embedding_reader final : public ollama_gathering_reader {
 public:
  using ollama_gathering_reader::ollama_gathering_reader;

 private:
  void convert(answer& out) override;
  bool append_list(json::value vectors, answer& out) const;  // false: not vectors
};

}  // namespace edgemesh::dialects
