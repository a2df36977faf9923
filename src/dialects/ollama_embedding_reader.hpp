// Reads the answer of /api/embed as an OpenAI embedding list (backends.md A.10, B.5). One attempt, one thread; memory
// is bounded by body_bytes_max.
#pragma once
#include <string>

#include "dialects/dialect.hpp"
#include "dialects/failing_response.hpp"
#include "json/value.hpp"

namespace edgemesh::dialects {

class ollama_embedding_reader final : public answer_reader {
 public:
  explicit ollama_embedding_reader(answer_options options) : options_(std::move(options)) {}
  void head(const upstream_head& head) override { failing_.begin(head); }
  void feed(std::string_view bytes, answer& out) override;
  void end(bool clean, wall_time now, answer& out) override;
  std::size_t held() const noexcept override { return body_.size(); }

 private:
  void convert(answer& out);
  bool append_list(json::value vectors, answer& out) const;  // false: not vectors
  answer_options options_;
  failing_response failing_;
  std::string body_;
};

}  // namespace edgemesh::dialects
