// Answers in the OpenAI family's words: chat and text completions, whole and streamed, with the habits of
// each server (order of members, role chunk, where the finish reason rides, usage, timings). Owned by one
// exchange; one thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "domain/backend_kind.hpp"
#include "mock/answer_plan.hpp"
#include "mock/script.hpp"

namespace edgemesh::mock {

/// What is the same in every chunk of one answer.
struct answer_identity {
  std::string id;
  std::string tool_id;
  std::string model;
  std::int64_t created = 0;  ///< seconds since 1970
};

class openai_script final : public script {
 public:
  openai_script(backend_kind kind, asked request, std::vector<answer_plan> plans, answer_identity identity);

  std::size_t size() const override { return size_; }
  void opening(std::string& out) override;
  void step(std::size_t k, std::string& out) override;
  void closing(std::string& out) override;
  std::string whole() override;
  std::size_t prompt_tokens() const override { return prompt_tokens_; }

 private:
  bool is_llama() const noexcept { return kind_ == backend_kind::llamacpp || kind_ == backend_kind::cognis; }
  bool is_vllm() const noexcept { return kind_ == backend_kind::vllm; }
  std::size_t choices() const noexcept { return plans_.size() * static_cast<std::size_t>(request_.n); }
  const answer_plan& plan_of(std::size_t choice) const noexcept {
    return plans_[choice / static_cast<std::size_t>(request_.n)];
  }
  std::string_view finish_of(const answer_plan& plan) const noexcept;
  std::string_view reasoning_key() const noexcept { return is_vllm() ? "reasoning" : "reasoning_content"; }

  /// One event; `inner` is the delta's members or the text, `finish` empty for null.
  void event(std::string& out, std::size_t choice, std::string_view inner, std::string_view logprobs,
             std::string_view finish);
  void append_delta(std::string& out, const answer_plan& plan, std::size_t k) const;
  std::string logprobs_of(const answer_plan& plan, std::size_t k);
  std::string all_logprobs(const answer_plan& plan) const;
  std::string usage(std::size_t completion_tokens) const;
  std::string timings() const;
  std::string message_of(const answer_plan& plan) const;
  std::string choice_text(std::size_t choice) const;

  backend_kind kind_;
  asked request_;
  std::vector<answer_plan> plans_;
  answer_identity identity_;
  std::size_t size_ = 0;
  std::size_t prompt_tokens_ = 0;
  std::size_t completion_tokens_ = 0;
  std::size_t sent_ = 0;         ///< tokens streamed so far, of all choices
  std::size_t text_offset_ = 0;  ///< of the first choice
  std::string before_;           ///< an event's bytes before and after its choice
  std::string after_;
};

}  // namespace edgemesh::mock
