// Ollama's tool calls as OpenAI's (backends.md B.2): arguments become a JSON string, indices are counted here because
// Ollama's may all be 0, ids that are missing or repeated are replaced. One answer, one thread.
#pragma once
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "json/value.hpp"
#include "openai/chunk_writer.hpp"

namespace edgemesh::dialects {

class ollama_tool_calls {
 public:
  static constexpr int calls_max = 1024;  ///< per answer

  /// New ids are derived from the answer's own id, which is unique. `only_first`: later calls are dropped.
  ollama_tool_calls(const std::string& answer_id, bool only_first);

  /// The calls of one line, in order. nullopt: not the shape of tool calls, or over calls_max.
  std::optional<std::vector<openai::tool_call>> take(json::value calls);
  bool any() const noexcept { return count_ > 0; }

 private:
  std::string unique_id(json::value given);
  std::string stem_;
  bool only_first_;
  int count_ = 0;
  std::unordered_set<std::string> ids_;
};

}  // namespace edgemesh::dialects
