// Reads Ollama's NDJSON stream and writes canonical SSE (backends.md B.2, F.2). One attempt, one thread; memory is
// bounded by event_bytes_max. A stream without `"done":true` is a failure, whatever the transport says.
#pragma once
#include <string_view>

#include "dialects/dialect.hpp"
#include "dialects/failing_response.hpp"
#include "dialects/ollama_line.hpp"
#include "dialects/ollama_logprobs.hpp"
#include "dialects/ollama_tool_calls.hpp"
#include "openai/chunk_writer.hpp"
#include "openai/line_parser.hpp"

namespace edgemesh::dialects {

class ollama_stream_reader final : public answer_reader {
 public:
  explicit ollama_stream_reader(answer_options options);
  void head(const upstream_head& head) override { failing_.begin(head); }
  void feed(std::string_view bytes, answer& out) override;
  void end(bool clean, wall_time now, answer& out) override;
  std::size_t held() const noexcept override { return lines_.pending(); }

 private:
  void line(std::string_view text, answer& out);
  void rest(std::string_view text, bool clean, answer& out);
  void said(const ollama_line& line, answer& out);
  void finished(const ollama_line& line, answer& out);

  answer_options options_;
  failing_response failing_;
  openai::line_parser lines_;
  openai::chunk_writer writer_;
  ollama_tool_calls calls_;
  ollama_logprobs logprobs_;
};

}  // namespace edgemesh::dialects
