// Reads Ollama's answer to a chat or generation without streaming: one JSON object. One attempt, one thread; memory
// is bounded by body_bytes_max.
#pragma once
#include <string>

#include "dialects/dialect.hpp"
#include "dialects/failing_response.hpp"

namespace edgemesh::dialects {

class ollama_whole_reader final : public answer_reader {
 public:
  explicit ollama_whole_reader(answer_options options) : options_(std::move(options)) {}
  void head(const upstream_head& head) override { failing_.begin(head); }
  void feed(std::string_view bytes, answer& out) override;
  void end(bool clean, wall_time now, answer& out) override;
  std::size_t held() const noexcept override { return body_.size(); }

 private:
  void convert(answer& out);
  answer_options options_;
  failing_response failing_;
  std::string body_;
};

}  // namespace edgemesh::dialects
