// Reads a streamed answer of the OpenAI family: sniffs what the body really is, passes chunks on (chunk_pass), and tells
// a good end from a broken one. A complete JSON answer to a streamed request is turned into a stream. One attempt, one thread.
#pragma once
#include <memory>
#include <string>

#include "dialects/chunk_pass.hpp"
#include "dialects/failing_response.hpp"
#include "dialects/split_text.hpp"
#include "openai/sse_parser.hpp"

namespace edgemesh::dialects {

class stream_reader final : public answer_reader {
 public:
  stream_reader(backend_kind kind, answer_options options);

  void head(const upstream_head& head) override;
  void feed(std::string_view bytes, answer& out) override;
  void end(bool clean, wall_time now, answer& out) override;
  std::size_t held() const noexcept override { return parser_.pending() + (document_ ? document_->held() : 0); }

 private:
  enum class form { unknown, events, document, page };
  static bool is_over(const answer& out) noexcept { return out.complete || out.failure.has_value(); }
  /// Settles the form at the first byte that is not blank; returns the bytes from there on.
  std::string_view sniff(std::string_view bytes);
  void feed_events(std::string_view bytes, answer& out);
  void event(const openai::sse_event& e, answer& out);
  void chunk(const openai::sse_event& e, std::string_view data, std::string_view raw, answer& out);
  void end_events(bool clean, answer& out);
  void fail(attempt_failure failure, answer& out);

  backend_kind kind_;
  answer_options options_;
  form form_ = form::unknown;
  failing_response failing_;
  openai::sse_parser parser_;
  split_text split_;
  chunk_pass pass_;
  std::unique_ptr<answer_reader> document_;  // form::document
};

}  // namespace edgemesh::dialects
