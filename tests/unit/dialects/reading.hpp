// Feeds a response body to a reader of the OpenAI family: whole and byte by byte, which must come to the same.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dialects/dialect.hpp"

namespace edgemesh::dialects {

inline answer_options chat_stream_options() {
  answer_options o;
  o.stream = true;
  o.identity = {"chatcmpl-ours", 1700000000, "public-model"};
  o.prompt_tokens_estimate = 7;
  return o;
}

struct response {
  std::string body = {};
  int status = 200;
  std::string content_type = "text/event-stream";
  std::string retry_after = {};
  bool clean = true;
};

inline answer read_in_pieces(backend_kind kind, const answer_options& options, const response& r, std::size_t piece) {
  auto reader = dialect_of(kind).reader(options);
  answer out;
  reader->head({r.status, r.content_type, r.retry_after});
  for (std::size_t at = 0; at < r.body.size() && !out.failure && !out.complete; at += piece)
    reader->feed(std::string_view(r.body).substr(at, piece), out);
  if (!out.failure && !out.complete) reader->end(r.clean, wall_time{}, out);
  return out;
}

/// The answer to `r`, after checking that neither 1 nor 7 bytes at a time change it.
inline answer read_answer(const answer_options& options, const response& r, backend_kind kind = backend_kind::openai) {
  const answer whole = read_in_pieces(kind, options, r, r.body.size() + 1);
  for (std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    const answer split = read_in_pieces(kind, options, r, piece);
    EXPECT_EQ(split.out, whole.out) << "in pieces of " << piece;
    EXPECT_EQ(split.complete, whole.complete);
    EXPECT_EQ(split.content, whole.content);
    EXPECT_EQ(split.usage, whole.usage);
    EXPECT_EQ(split.events, whole.events);
    EXPECT_EQ(split.failure.has_value(), whole.failure.has_value());
    if (split.failure && whole.failure) EXPECT_EQ(split.failure->error.body(), whole.failure->error.body());
  }
  return whole;
}

inline answer read_stream(std::string body, bool clean = true, backend_kind kind = backend_kind::openai) {
  return read_answer(chat_stream_options(), {.body = std::move(body), .clean = clean}, kind);
}

inline std::string event(std::string_view json) { return "data: " + std::string(json) + "\n\n"; }

/// A canonical chunk of choice 0 as our client sees it.
inline std::string chunk(std::string_view delta, std::string_view finish = "null", std::string_view tail = "") {
  return event(R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"public-model","choices":[{"index":0,"delta":)" +
               std::string(delta) + R"(,"finish_reason":)" + std::string(finish) + "}]" + std::string(tail) + "}");
}

inline const std::string role_chunk = chunk(R"({"role":"assistant","content":""})");
inline const std::string text_chunk = chunk(R"({"content":"hi"})");
inline const std::string finish_chunk = chunk("{}", R"("stop")");
inline const std::string done_event = "data: [DONE]\n\n";

}  // namespace edgemesh::dialects
