// Reads a non-streamed answer of the OpenAI family: chat, completions and embeddings. The body is kept until its end,
// checked, and passed with the few edits that it needs. One attempt, one thread; bounded by body_bytes_max.
#pragma once
#include <string>

#include "dialects/dialect.hpp"
#include "dialects/failing_response.hpp"

namespace edgemesh::dialects {

class whole_reader final : public answer_reader {
 public:
  whole_reader(backend_kind kind, answer_options options);

  void head(const upstream_head& head) override;
  void feed(std::string_view bytes, answer& out) override;
  void end(bool clean, wall_time now, answer& out) override;
  std::size_t held() const noexcept override { return body_.size(); }

 private:
  void judge(bool clean, wall_time now, answer& out);
  void read(std::string_view body, answer& out);

  backend_kind kind_;
  answer_options options_;
  failing_response failing_;
  std::string body_;
};

}  // namespace edgemesh::dialects
