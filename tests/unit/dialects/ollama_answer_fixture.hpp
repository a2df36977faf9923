// Bytes of Ollama through a reader, for tests: whole or split, and what came out.
#pragma once
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/utf8.hpp"
#include "dialects/ollama_dialect.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"
#include "openai/sse_parser.hpp"

namespace edgemesh::dialects {

class OllamaReader : public testing::Test {
 protected:
  OllamaReader() {
    options.stream = true;
    options.identity = {"chatcmpl-7f3a", 1790000000, "public"};
  }

  /// Feeds `bytes` in pieces of `step` bytes and ends the body.
  answer read(const std::string& bytes, std::size_t step = std::string::npos, bool clean = true, int status = 200) const {
    const auto reader = ollama_dialect().reader(options);
    reader->head({status, "application/x-ndjson", ""});
    answer out;
    for (std::size_t at = 0; at < bytes.size() && !out.failure && !out.complete; at += std::min(step, bytes.size() - at)) {
      const std::string piece = bytes.substr(at, step);  // a copy of its own: overreads are seen by the sanitizer
      reader->feed(piece, out);
    }
    if (!out.failure && !out.complete) reader->end(clean, {}, out);
    return out;
  }

  static std::vector<std::string> events(const std::string& sse) {
    std::vector<std::string> out;
    openai::sse_parser parser;
    parser.feed(sse, [&](const openai::sse_event& e) { out.emplace_back(e.data); }, [](auto&&...) {});
    return out;
  }
  /// The `delta` of each chunk that is not the finish chunk.
  static std::vector<std::string> deltas(const std::string& sse) {
    std::vector<std::string> out;
    for (const auto& data : events(sse)) {
      if (data == "[DONE]") continue;
      EXPECT_FALSE(json::validate(data)) << data;
      const auto choice = *json::value::first_in(data)["choices"].elements().begin();
      if (choice && choice["finish_reason"].is_null()) out.emplace_back(choice["delta"].raw());
    }
    return out;
  }
  static std::string finish_reason(const std::string& sse) {
    std::string out;
    for (const auto& data : events(sse)) {
      if (data == "[DONE]") continue;
      for (auto choice : json::value::first_in(data)["choices"].elements()) out += choice["finish_reason"].text_or("");
    }
    return out;
  }

  static constexpr const char* role = R"({"role":"assistant","content":""})";
  static constexpr const char* done =
      R"({"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":7})"
      "\n";
  static std::string said(const std::string& text) {
    return R"({"model":"m","created_at":"2026-11-22T10:00:00Z","message":{"role":"assistant","content":")" + text + "\"},\"done\":false}\n";
  }

  answer_options options;
};

}  // namespace edgemesh::dialects
