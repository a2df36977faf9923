// Chat messages from OpenAI's shape to Ollama's (backends.md B.2, F.1): content becomes one string, media become bare
// base64, tool arguments become objects, tool answers get the name of their tool. Pure; one conversion.
#pragma once
#include <string>
#include <unordered_map>

#include "dialects/conversion_fault.hpp"
#include "domain/model_offer.hpp"
#include "json/value.hpp"
#include "json/writer.hpp"

namespace edgemesh::dialects {

class ollama_message_writer {
 public:
  /// Both must outlive the writer.
  ollama_message_writer(json::writer& out, const model_offer& model) noexcept : out_(out), model_(model) {}

  /// Appends the array. After a fault what was written is of no use.
  conversion_fault messages(json::value list);

 private:
  conversion_fault message(json::value from, const std::string& path);
  conversion_fault content(json::value from, const std::string& path);
  conversion_fault parts(json::value from, const std::string& path);
  conversion_fault medium(json::value part, const std::string& path);
  conversion_fault image(json::value part, const std::string& path);
  conversion_fault audio(json::value part, const std::string& path);
  conversion_fault tool_calls(json::value from, const std::string& path);
  conversion_fault function(json::value from, const std::string& path, const std::string& id);
  void tool_answer(json::value from);

  json::writer& out_;
  const model_offer& model_;
  std::unordered_map<std::string, std::string> tool_names_;  // by call id; at most one per tool call of the body
};

}  // namespace edgemesh::dialects
