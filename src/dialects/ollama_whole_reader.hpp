// Reads Ollama's answer to a chat or generation without streaming: one JSON object. One attempt, one thread; memory
// is bounded by body_bytes_max.
#pragma once
#include "dialects/ollama_gathering_reader.hpp"

namespace edgemesh::dialects {

class ollama_whole_reader final : public ollama_gathering_reader {
 public:
  using ollama_gathering_reader::ollama_gathering_reader;

 private:
  void convert(answer& out) override;
};

}  // namespace edgemesh::dialects
