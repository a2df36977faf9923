#include <random>

#include "tests/unit/dialects/ollama_answer_fixture.hpp"

namespace edgemesh::dialects {
namespace {

const std::string good =
    R"({"model":"m","message":{"role":"assistant","content":"h\u00e9","thinking":"hm"},"done":false})" "\n"
    R"({"model":"m","message":{"content":"","tool_calls":[{"id":"c","function":{"name":"f","arguments":{"a":[1,{}]}}}]},"done":false})" "\r\n"
    R"({"message":{"content":"😀"},"logprobs":[{"token":"x","logprob":-1}],"done":false})" "\n"
    R"({"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":7})" "\n";

std::string mutated(std::mt19937& random) {
  std::string text = good;
  const int edits = 1 + static_cast<int>(random() % 4);
  for (int i = 0; i < edits; ++i) {
    const auto at = random() % text.size();
    switch (random() % 4) {
      case 0: text[at] = static_cast<char>(random()); break;
      case 1: text.erase(at, 1 + random() % 20); break;
      case 2: text.insert(at, good.substr(random() % good.size(), random() % 40)); break;
      default: text.resize(std::max<std::size_t>(1, at)); break;
    }
  }
  return text;
}

using OllamaMutations = OllamaReader;

TEST_F(OllamaMutations, WhatIsSentIsAlwaysSoundAndEndsInOneWay) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const auto text = mutated(random);
    const auto whole = read(text);
    ASSERT_NE(whole.complete, whole.failure.has_value()) << text;
    ASSERT_TRUE(utf8::valid(whole.out)) << text;
    const auto all = events(whole.out);
    ASSERT_EQ(whole.complete, !all.empty() && all.back() == "[DONE]") << text;
    for (const auto& data : all)
      if (data != "[DONE]") ASSERT_FALSE(json::validate(data)) << text << '\n' << data;
    ASSERT_EQ(read(text, 1).out, whole.out) << text;
  }
}

}  // namespace
}  // namespace edgemesh::dialects
