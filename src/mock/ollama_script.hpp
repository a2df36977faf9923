// Answers in Ollama's words: /api/chat and /api/generate, one object or a line per token. Owned by one
// exchange; one thread.
#pragma once
#include <string>
#include <string_view>

#include "mock/answer_plan.hpp"
#include "mock/script.hpp"

namespace edgemesh::mock {

class ollama_script final : public script {
 public:
  /// `created_at`: RFC 3339 in UTC.
  ollama_script(asked request, answer_plan plan, std::string created_at, std::string tool_id);

  std::size_t size() const override;
  void opening(std::string&) override {}
  void step(std::size_t k, std::string& out) override;
  void closing(std::string& out) override;
  std::string whole() override;
  std::size_t prompt_tokens() const override { return static_cast<std::size_t>(plan_.prompt_tokens); }

 private:
  std::string message(std::string_view content, std::string_view thinking, bool with_tool) const;
  void append_end(std::string& out) const;

  asked request_;
  answer_plan plan_;
  std::string tool_id_;
  std::string before_;  ///< a line's bytes before its message
};

/// The answer to a request that only loads or unloads a model.
std::string ollama_load_answer(const asked& request, std::string_view created_at, bool unloads);

}  // namespace edgemesh::mock
