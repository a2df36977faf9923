// A fake backend on a port of its own, and what the tests of every dialect ask it.
#pragma once
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>
#include <string>

#include "mock/mock_server.hpp"
#include "tests/unit/mock/raw_client.hpp"

namespace edgemesh::mock::test {

inline std::unique_ptr<mock_server> serve(mock_options options) {
  auto started = mock_server::start(options);
  EXPECT_TRUE(started) << (started ? "" : started.error().message);
  return started ? std::move(*started) : nullptr;
}

inline std::unique_ptr<mock_server> serve(backend_kind kind, int tokens = 3) {
  mock_options options;
  options.kind = kind;
  options.models = {"m"};
  options.tokens = tokens;
  return serve(options);
}

/// Parses; null when it is not JSON (which fails the test).
inline boost::json::value json_of(std::string_view text) {
  boost::system::error_code ec;
  auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), ec);
  EXPECT_FALSE(ec) << text;
  return value;
}

/// A value inside a document by JSON pointer, as text: "\"a\"", "3", "null"; "absent" when it is not there.
inline std::string at(const boost::json::value& document, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* value = document.find_pointer(boost::json::string_view(pointer.data(), pointer.size()), ec);
  return value ? boost::json::serialize(*value) : "absent";
}

inline std::string chat(std::string_view text, std::string_view more = "") {
  return R"({"model":"m","messages":[{"role":"user","content":")" + std::string(text) + "\"}]" +
         std::string(more) + "}";
}

/// The contents of all deltas of an SSE body of the OpenAI family, of choice 0.
inline std::string streamed_text(std::string_view body, std::string_view key = "content") {
  std::string out;
  for (const auto& event : sse_events(body)) {
    if (event == "[DONE]") continue;
    const auto document = json_of(event);
    boost::system::error_code ec;
    const auto* text = document.find_pointer("/choices/0/delta/" + std::string(key), ec);
    if (text && text->is_string()) out += std::string_view(text->get_string());
  }
  return out;
}

inline fault_setting fault(fault_name name) {
  fault_setting s;
  s.name = name;
  return s;
}

}  // namespace edgemesh::mock::test
