// Good streams with a few bytes changed, cut, doubled or moved: whatever comes, the invariants of our wire hold.
#include <random>

#include "json/validate.hpp"
#include "json/value.hpp"
#include "tests/unit/dialects/reading.hpp"

namespace edgemesh::dialects {
namespace {

using generator = std::mt19937;

std::string good_stream() {
  return ": ka\n\n" + role_chunk + chunk(R"({"reasoning":"hm \u00e9"})") + text_chunk +
         chunk(R"({"tool_calls":[{"index":1,"id":"a","type":"function","function":{"name":"f","arguments":""}}]})") +
         chunk(R"({"tool_calls":[{"index":1,"function":{"arguments":"{\"x\":1}"}}]})", "null", R"(,"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4})") +
         chunk("{}", R"("tool_calls")") + done_event;
}

void mutate(std::string& s, generator& random) {
  const auto at = [&] { return random() % (s.size() + 1); };
  switch (random() % 5) {
    case 0: if (!s.empty()) s[at() % s.size()] = static_cast<char>(random()); break;
    case 1: s.resize(at()); break;
    case 2: s.insert(at(), s.substr(at() % (s.size() + 1), random() % 40)); break;
    case 3: s.erase(at() % (s.size() + 1), random() % 20); break;
    case 4: s.insert(at(), 1, "\"{}[],:\\\n\rn0"[random() % 12]); break;
  }
}

/// The last member of a name, which is the one that clients take.
json::value last(json::value root, std::string_view name) {
  json::value found;
  for (const json::member& m : root.members())
    if (m.key.equals(name)) found = m.val;
  return found;
}

void expect_our_wire(const std::string& out, bool complete) {
  std::size_t at = 0;
  bool done = false;
  while (at < out.size()) {
    const auto end = out.find("\n\n", at);
    ASSERT_NE(end, out.npos);
    ASSERT_EQ(out.substr(at, 6), "data: ");
    const std::string data = out.substr(at + 6, end - at - 6);
    ASSERT_FALSE(done) << "something follows [DONE]";
    done = data == "[DONE]";
    if (!done) {
      ASSERT_FALSE(json::validate(data)) << data;
      const json::value root = json::value::first_in(data);
      ASSERT_EQ(data.find('\n'), data.npos);
      ASSERT_EQ(last(root, "object").raw(), "\"chat.completion.chunk\"");
      ASSERT_EQ(last(root, "model").raw(), "\"public-model\"") << data;
      ASSERT_TRUE(last(root, "id"));
      ASSERT_TRUE(last(root, "choices").type() == json::kind::array);
    }
    at = end + 2;
  }
  ASSERT_EQ(done, complete);
}

TEST(StreamReaderMutations, InvariantsHoldWhateverTheBackendSends) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    generator random(seed);
    std::string body = good_stream();
    for (unsigned i = 0; i <= random() % 3; ++i) mutate(body, random);
    auto options = chat_stream_options();
    options.include_usage = seed % 2 == 0;
    options.reasoning = static_cast<openai::reasoning_key>(seed % 3);
    const response r{.body = body, .clean = seed % 5 != 0};
    const answer whole = read_in_pieces(backend_kind::vllm, options, r, body.size() + 1);
    const answer split = read_in_pieces(backend_kind::vllm, options, r, 1 + seed % 11);
    ASSERT_EQ(whole.out, split.out) << "seed " << seed;
    ASSERT_NE(whole.complete, whole.failure.has_value()) << "seed " << seed;
    expect_our_wire(whole.out, whole.complete);
    if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << "\n" << body;
  }
}

}  // namespace
}  // namespace edgemesh::dialects
