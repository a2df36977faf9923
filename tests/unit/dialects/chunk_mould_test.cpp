#include "dialects/chunk_mould.hpp"

#include <random>

#include "tests/unit/dialects/reading.hpp"

namespace edgemesh::dialects {
namespace {

constexpr std::string_view learnt = R"({"model":"a","delta":{"content":"one"},"reason":null})";

chunk_mould mould_of(std::string_view data, std::string_view model = {}) {
  const json::value root = json::value::exactly(data);
  chunk_identity::replacements changed;
  if (!model.empty()) changed.add(root["model"], model);
  chunk_mould mould;
  mould.learn(data, root["delta"]["content"], changed);
  return mould;
}

std::string passed(const chunk_mould& mould, std::string_view data) {
  const auto text = mould.text_of(data);
  std::string out;
  if (text) mould.append_event(out, *text);
  return out;
}

TEST(ChunkMould, PassesWhatIsAlikeButForItsText) {
  constexpr std::string_view next = R"({"model":"a","delta":{"content":"\"two\" \u00e9"},"reason":null})";
  EXPECT_EQ(passed(mould_of(learnt), next), "data: " + std::string(next) + "\n\n");
  EXPECT_EQ(passed(mould_of(learnt, "\"longer\""), next),
            "data: {\"model\":\"longer\",\"delta\":{\"content\":\"\\\"two\\\" \\u00e9\"},\"reason\":null}\n\n");
}

TEST(ChunkMould, RefusesWhatIsNotOneValidText) {
  const chunk_mould mould = mould_of(learnt);
  for (const std::string text : {R"("")", R"(12345)", R"(null)", R"("a","content":"b")", R"("a" )", "\"\xff\"", R"("\q")", R"("a\")", "\"a\nb\"",
                                 R"("\ud800")", R"(["a"])"})
    EXPECT_FALSE(mould.text_of(R"({"model":"a","delta":{"content":)" + text + R"(},"reason":null})")) << text;
}

TEST(ChunkMould, RefusesWhatDiffersAroundTheText) {
  const chunk_mould mould = mould_of(learnt);
  for (const std::string_view data : {R"({"model":"b","delta":{"content":"two"},"reason":null})", R"({"model":"a","delta":{"content":"two"},"reason":0})",
                                      R"({"model":"a","delta":{"content":"two"}})", "", R"({"model":"a"})"})
    EXPECT_FALSE(mould.text_of(data)) << data;
  EXPECT_FALSE(chunk_mould().text_of(learnt));
}

TEST(ChunkMould, LearnsNoHugeChunk) {
  const std::string huge = R"({"model":")" + std::string(chunk_mould::bytes_max, 'a') + R"(","delta":{"content":"x"}})";
  EXPECT_FALSE(mould_of(huge).text_of(huge));
}

std::string random_chunk(std::mt19937& random) {
  const auto one_of = [&random](std::initializer_list<std::string_view> all) { return *(all.begin() + random() % all.size()); };
  const std::string text(one_of({"a", " b", "", "\\n", "\\u00e9", "\xE2\x82\xAC", "\xff", "\\ud800"}));
  const std::string quoted = "\"" + text + "\"";
  const std::string delta(one_of({R"({"content":T})", R"({"content":T})", R"({"content":T})", R"({"reasoning":T})", R"({"reasoning_content":T})",
                                  R"({"content":T,"reasoning_content":null})", R"({"content":T,"refusal":T})", R"({"role":"assistant","content":T})",
                                  R"({"content":"x","reasoning_content":T})", R"({"content":T,"function_call":{"name":T}})", "{}",
                                  R"({"tool_calls":[{"index":0,"function":{"arguments":T}}]})"}));
  std::string filled = delta;
  for (std::size_t at = 0; (at = filled.find('T', at)) != filled.npos; at += quoted.size()) filled.replace(at, 1, quoted);
  return event(R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":)" + std::string(one_of({"5", "5", "5", "6"})) +
               R"(,"model":")" + std::string(one_of({"public-model", "m", "m"})) + R"(","choices":[{"index":)" + std::string(one_of({"0", "0", "0", "1"})) +
               R"(,"delta":)" + filled + std::string(one_of({"", "", R"(,"logprobs":null)", R"(,"logprobs":{"content":[1]})"})) +
               R"(,"finish_reason":)" + std::string(one_of({"null", "null", "null", "null", R"("")", R"("stop")"})) + "}]" +
               std::string(one_of({"", "", "", R"(,"usage":null)", R"(,"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3})",
                                   R"(,"obfuscation":"z")"})) + "}");
}

/// The same events with names: none of them passes as a repetition.
std::string named(std::string events) {
  for (std::size_t at = 0; at < events.size(); at = events.find("\n\n", at) + 2) events.insert(at, "event: message\n");
  return events;
}

TEST(ChunkMould, PassesAStreamAsReadingEachChunkDoes) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    std::string events = role_chunk;
    for (int i = 0; i < 12; ++i) events += random_chunk(random);
    events += finish_chunk + done_event;
    auto options = chat_stream_options();
    options.include_usage = seed % 2 == 0;
    options.reasoning = static_cast<openai::reasoning_key>(seed % 3);
    const answer quick = read_in_pieces(backend_kind::vllm, options, {.body = events}, events.size());
    const answer slow = read_in_pieces(backend_kind::vllm, options, {.body = named(events)}, events.size() * 2);
    ASSERT_EQ(quick.out, slow.out) << "seed " << seed << "\n" << events;
    ASSERT_EQ(quick.text_bytes, slow.text_bytes) << "seed " << seed;
    ASSERT_EQ(quick.content_events, slow.content_events) << "seed " << seed;
    ASSERT_EQ(quick.usage, slow.usage) << "seed " << seed;
    ASSERT_EQ(quick.complete, slow.complete) << "seed " << seed;
    ASSERT_EQ(quick.content, slow.content) << "seed " << seed;
  }
}

}  // namespace
}  // namespace edgemesh::dialects
