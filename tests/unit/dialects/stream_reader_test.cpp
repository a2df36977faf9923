#include "tests/unit/dialects/reading.hpp"

namespace edgemesh::dialects {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string good = role_chunk + text_chunk + finish_chunk + done_event;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

TEST(StreamReader, PassesACanonicalStreamByteForByte) {
  const answer a = read_stream(good);
  EXPECT_EQ(a.out, good);
  EXPECT_TRUE(a.complete);
  EXPECT_TRUE(a.content);
  EXPECT_FALSE(a.failure);
  EXPECT_EQ(a.events, 4u);
  EXPECT_EQ(a.content_events, 2u);
  EXPECT_EQ(a.text_bytes, 2u);
}

TEST(StreamReader, PutsThePublicModelNameInPlace) {
  const answer a = read_stream(replaced(good, "public-model", "/models/file with \\\"quotes\\\".gguf"));
  EXPECT_EQ(a.out, good);
  EXPECT_EQ(a.upstream_model, "/models/file with \"quotes\".gguf");
}

TEST(StreamReader, CommitsContentAtTheFirstNonEmptyDelta) {
  const answer role_only = read_in_pieces(backend_kind::openai, chat_stream_options(), {.body = role_chunk}, 4096);
  EXPECT_FALSE(role_only.content);
  for (const char* delta : {R"({"content":"x"})", R"({"reasoning_content":"x"})", R"({"refusal":"x"})",
                            R"({"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]})",
                            R"({"function_call":{"name":"f"}})"}) {
    auto reader = dialect_of(backend_kind::openai).reader(chat_stream_options());
    answer a;
    reader->head({200, "text/event-stream", ""});
    reader->feed(role_chunk, a);
    EXPECT_FALSE(a.content) << delta;
    reader->feed(chunk(delta), a);
    EXPECT_TRUE(a.content) << delta;
  }
}

TEST(StreamReader, CountsLogProbabilitiesAsContent) {
  auto reader = dialect_of(backend_kind::vllm).reader(chat_stream_options());
  answer a;
  reader->head({200, "text/event-stream", ""});
  reader->feed(event(R"({"id":"c","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":{"content":[{"token":"a","logprob":-1,"bytes":null,"top_logprobs":[]}]},"finish_reason":null}]})"), a);
  EXPECT_TRUE(a.content);
}

TEST(StreamReader, Case01CutBeforeTheFinishIsAnErrorNeverDone) {
  for (bool clean : {true, false}) {
    const answer a = read_stream(role_chunk + text_chunk, clean);
    EXPECT_EQ(a.out, role_chunk + text_chunk);
    ASSERT_TRUE(a.failure);
    EXPECT_EQ(a.failure->cause, attempt_cause::truncated);
    EXPECT_EQ(a.failure->error.code, "upstream_disconnected");
    EXPECT_EQ(a.failure->error.type, "upstream_error");
    EXPECT_FALSE(a.complete);
    EXPECT_EQ(a.usage.source, usage_source::estimated);
  }
}

TEST(StreamReader, Case01CutBeforeContentMayMoveOn) {
  const answer lost = read_stream(role_chunk, false);
  ASSERT_TRUE(lost.failure);
  EXPECT_EQ(lost.failure->cause, attempt_cause::reset);
  const answer clean = read_stream(role_chunk, true);
  ASSERT_TRUE(clean.failure);
  EXPECT_EQ(clean.failure->cause, attempt_cause::garbage);
  EXPECT_EQ(clean.usage.source, usage_source::none);
}

TEST(StreamReader, Case02MissingDoneAfterTheFinishIsSuccess) {
  for (bool clean : {true, false}) {
    const answer a = read_stream(role_chunk + text_chunk + finish_chunk, clean);
    EXPECT_TRUE(a.complete);
    EXPECT_EQ(a.out, good);
  }
}

TEST(StreamReader, Case02LastEventWithoutBlankLineCounts) {
  std::string body = role_chunk + text_chunk + finish_chunk;
  body.resize(body.size() - 2);
  EXPECT_EQ(read_stream(body).out, good);
  body.resize(body.size() - 4);  // now it is cut inside its JSON
  const answer cut = read_stream(body);
  ASSERT_TRUE(cut.failure);
  EXPECT_EQ(cut.failure->cause, attempt_cause::truncated);
  EXPECT_EQ(cut.out, role_chunk + text_chunk);
}

TEST(StreamReader, Case03DoneWithoutFinishIsTruncated) {
  const answer a = read_stream(role_chunk + text_chunk + done_event);
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->cause, attempt_cause::truncated);
  EXPECT_THAT(a.out, Not(HasSubstr("[DONE]")));
}

TEST(StreamReader, Case07ErrorAsTheFirstEventGetsItsRealStatus) {
  const answer a = read_stream(event(R"({"error":{"message":"bad top_p","type":"BadRequestError","param":null,"code":400}})") + done_event, true, backend_kind::vllm);
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->error.status, 400);
  EXPECT_EQ(a.failure->cause, attempt_cause::bad_request);
  EXPECT_EQ(a.failure->error.message, "bad top_p");
  EXPECT_EQ(a.failure->error.code, std::nullopt);
  EXPECT_EQ(a.out, "");
  EXPECT_FALSE(a.complete);
}

TEST(StreamReader, Case08ErrorObjectInsideErrorIsRead) {
  const answer a = read_stream(event(R"({"error":{"object":"error","message":"maximum context length is 8192 tokens","type":"BadRequest","param":null,"code":400}})"));
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->cause, attempt_cause::context_exceeded);
  EXPECT_EQ(a.failure->error.code, "context_length_exceeded");
}

TEST(StreamReader, ReadsErrorsOfEveryShapeInsideAStream) {
  for (const char* error : {R"({"error":"engine died"})", R"({"object":"error","message":"engine died","code":500})",
                            R"({"error":{"error":{"message":"engine died"}}})", R"({"error":"{\"error\":{\"message\":\"engine died\"}}"})"}) {
    for (const std::string& before : {std::string(), role_chunk + text_chunk}) {
      const answer a = read_stream(before + event(error) + done_event);
      ASSERT_TRUE(a.failure) << error;
      EXPECT_EQ(a.failure->error.message, "engine died") << error;
      EXPECT_EQ(a.failure->cause, attempt_cause::server_error);
      EXPECT_EQ(a.out, before);
      EXPECT_FALSE(a.complete);
    }
  }
  const answer named = read_stream("event: error\ndata: {\"message\":\"engine died\"}\n\n");
  ASSERT_TRUE(named.failure);
  EXPECT_EQ(named.failure->error.message, "engine died");
}

TEST(StreamReader, NullErrorIsNoError) {
  EXPECT_TRUE(read_stream(role_chunk + chunk("{}", R"("stop")", R"(,"error":null)") + done_event).complete);
}

TEST(StreamReader, Case10ContentAndFinishInOneDeltaAreBothKept) {
  const std::string last = chunk(R"({"content":"!"})", R"("length")");
  const answer a = read_stream(role_chunk + last + done_event);
  EXPECT_EQ(a.out, role_chunk + last + done_event);
}

TEST(StreamReader, Case11EmptyFinishReasonBecomesNull) {
  const std::string body = role_chunk + chunk(R"({"content":"hi"})", R"("")") + finish_chunk + done_event;
  EXPECT_EQ(read_stream(body).out, good);
}

TEST(StreamReader, Case12AbortIsAnErrorNotAFinish) {
  for (const char* reason : {R"("abort")", R"("error")"}) {
    const answer a = read_stream(role_chunk + text_chunk + chunk("{}", reason) + done_event, true, backend_kind::vllm);
    ASSERT_TRUE(a.failure);
    EXPECT_EQ(a.failure->error.code, "upstream_aborted");
    EXPECT_EQ(a.out, role_chunk + text_chunk);
  }
}

TEST(StreamReader, UnknownFinishReasonsBecomeOurs) {
  for (auto [theirs, ours] : {std::pair{"repetition", "stop"}, {"eos_token", "stop"}, {"max_tokens", "length"}, {"tool_use", "tool_calls"}}) {
    const answer a = read_stream(role_chunk + chunk("{}", '"' + std::string(theirs) + '"') + done_event);
    EXPECT_THAT(a.out, HasSubstr("\"finish_reason\":\"" + std::string(ours) + "\"")) << theirs;
  }
}

TEST(StreamReader, FinishIsSaidOnce) {
  const answer a = read_stream(role_chunk + text_chunk + finish_chunk + finish_chunk + done_event);
  EXPECT_EQ(a.out, role_chunk + text_chunk + finish_chunk + chunk("{}") + done_event);
}

TEST(StreamReader, Case13RoleStandsInTheFirstChunkOnly) {
  const answer a = read_stream(role_chunk + chunk(R"({"role":"assistant","content":"hi"})") + chunk(R"({"role":"assistant"})", R"("stop")") + done_event);
  EXPECT_EQ(a.out, good);
}

TEST(StreamReader, Case13MissingRoleIsAdded) {
  const answer a = read_stream(text_chunk + finish_chunk + done_event);
  EXPECT_EQ(a.out, chunk(R"({"content":"hi","role":"assistant"})") + finish_chunk + done_event);
  const answer bare = read_stream(event(R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"finish_reason":"stop"}]})"));
  EXPECT_THAT(bare.out, HasSubstr(R"("delta":{"role":"assistant","content":""})"));
}

TEST(StreamReader, Case14NullContentBesideTheRoleBecomesEmpty) {
  const answer a = read_stream(chunk(R"({"role":"assistant","content":null})") + text_chunk + finish_chunk + done_event, true, backend_kind::llamacpp);
  EXPECT_EQ(a.out, good);
}

TEST(StreamReader, Case15IdentityStaysWhatItWasFirst) {
  const answer a = read_stream(role_chunk + replaced(replaced(text_chunk, "chatcmpl-1", "other"), ":5,", ":6,") + finish_chunk + done_event);
  EXPECT_EQ(a.out, good);
}

TEST(StreamReader, Case15UnusableIdentityIsReplacedByOurs) {
  const std::string odd = replaced(replaced(good, "\"chatcmpl-1\"", "\"a b<script>\""), "\"created\":5", "\"created\":null");
  const std::string ours = replaced(replaced(good, "chatcmpl-1", "chatcmpl-ours"), ":5,", ":1700000000,");
  EXPECT_EQ(read_stream(odd).out, ours);
}

TEST(StreamReader, MissingMembersAreAdded) {
  const answer a = read_stream(event(R"({"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]})") + done_event);
  EXPECT_EQ(a.out, event(R"({"choices":[{"delta":{"content":"x","role":"assistant"},"finish_reason":"stop","index":0}],"object":"chat.completion.chunk","id":"chatcmpl-ours","created":1700000000,"model":"public-model"})") + done_event);
}

constexpr std::string_view usage_json = R"({"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":4}})";
const std::string usage_chunk = event(R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"public-model","choices":[],"usage":)" + std::string(usage_json) + "}");

TEST(StreamReader, UsageChunkIsHiddenFromAClientThatDidNotAsk) {
  const answer a = read_stream(role_chunk + text_chunk + finish_chunk + usage_chunk + done_event);
  EXPECT_EQ(a.out, good);
  EXPECT_EQ(a.usage, (token_usage{9, 2, 4, 0, usage_source::upstream}));
}

TEST(StreamReader, UsageChunkPassesToAClientThatAsked) {
  auto options = chat_stream_options();
  options.include_usage = true;
  const std::string body = role_chunk + text_chunk + finish_chunk + usage_chunk + done_event;
  EXPECT_EQ(read_answer(options, {.body = body}).out, body);
  EXPECT_EQ(read_answer(options, {.body = replaced(body, "public-model", "theirs")}).out, body);
}

TEST(StreamReader, Case16UsageOnEachChunkIsHiddenOrSaidOnceAtTheEnd) {
  const std::string zeros = R"(,"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0})";
  const std::string last = R"(,"usage":)" + std::string(usage_json);
  const std::string body = chunk(R"({"role":"assistant","content":""})", "null", zeros) + chunk(R"({"content":"hi"})", "null", last) +
                           chunk("{}", R"("stop")", zeros) + done_event;
  const answer hidden = read_stream(body);
  EXPECT_EQ(hidden.out, good);
  EXPECT_EQ(hidden.usage.prompt_tokens, 9);
  auto options = chat_stream_options();
  options.include_usage = true;
  const answer shown = read_answer(options, {.body = body});
  const std::string null = R"(,"usage":null)";
  EXPECT_THAT(shown.out, StartsWith(chunk(R"({"role":"assistant","content":""})", "null", null) + chunk(R"({"content":"hi"})", "null", null) +
                                    chunk("{}", R"("stop")", null)));
  EXPECT_THAT(shown.out, HasSubstr(R"("choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11)"));
  EXPECT_EQ(shown.out.find("prompt_tokens\""), shown.out.rfind("prompt_tokens\""));
}

TEST(StreamReader, Case17MissingUsageIsEstimated) {
  auto options = chat_stream_options();
  options.include_usage = true;
  const answer a = read_answer(options, {.body = good});
  EXPECT_EQ(a.usage.source, usage_source::estimated);
  EXPECT_EQ(a.usage.prompt_tokens, 7);
  EXPECT_GE(a.usage.completion_tokens, 1);
  EXPECT_THAT(a.out, HasSubstr(R"("id":"chatcmpl-1","created":5,"model":"public-model","choices":[],"usage":{"prompt_tokens":7,)"));
  EXPECT_TRUE(a.complete);
}

TEST(StreamReader, CachedTokensOfLlamaTimingsAreRead) {
  const answer a = read_stream(role_chunk + finish_chunk + replaced(usage_chunk, R"(,"prompt_tokens_details":{"cached_tokens":4}})", R"(},"timings":{"cache_n":6})") + done_event,
                               true, backend_kind::llamacpp);
  EXPECT_EQ(a.usage.cached_tokens, 6);
}

TEST(StreamReader, Case19OtherLineEndsAndSpellingsGiveTheSameStream) {
  EXPECT_EQ(read_stream(replaced(good, "\n", "\r\n")).out, good);
  EXPECT_EQ(read_stream(replaced(good, "\n", "\r")).out, good);
  EXPECT_EQ(read_stream(replaced(good, "data: ", "data:")).out, good);
  EXPECT_EQ(read_stream("\xEF\xBB\xBF" + good).out, good);
  EXPECT_EQ(read_stream("id: 1\nretry: 5\n" + good).out, good);
  EXPECT_EQ(read_stream(replaced(good, ",\"choices\"", ",\ndata: \"choices\"")).out, good);
}

TEST(StreamReader, Case20CommentsAndForeignEventsAreSwallowed) {
  const answer a = read_stream(": ping\n\n:\n\n" + role_chunk + "event: ping\ndata: {}\n\n" + "event: ping\ndata: now\n\n" + text_chunk +
                               "event: ping\n\n" + "event: status\ndata: [1]\n\n" + event(R"({"object":"progress"})") + finish_chunk + done_event);
  EXPECT_EQ(a.out, good);
  EXPECT_GE(a.events, 10u);  // each is a sign of life
  EXPECT_EQ(a.content_events, 2u);
}

TEST(StreamReader, Case21BadBytesBecomeReplacementCharacters) {
  const answer a = read_stream(role_chunk + chunk("{\"content\":\"a\xF0\x9Fz\"}") + chunk("{\"content\":\"\x98\x80\"}") + finish_chunk + done_event);
  EXPECT_TRUE(a.complete);
  EXPECT_THAT(a.out, HasSubstr("a\xEF\xBF\xBD"));
  EXPECT_THAT(a.out, Not(HasSubstr("\xF0\x9F")));
  EXPECT_THAT(a.out, Not(HasSubstr("\x98\x80\"")));
  const answer good_bytes = read_stream(role_chunk + chunk("{\"content\":\"\xF0\x9F\x98\x80\"}") + finish_chunk + done_event);
  EXPECT_THAT(good_bytes.out, HasSubstr("\xF0\x9F\x98\x80"));
}

TEST(StreamReader, Case21ACodePointSplitOverDeltasIsJoined) {
  for (const std::vector<const char*>& parts : {std::vector{"\xF0\x9F", "\x98\x80"}, {"\xF0", "\x9F", "\x98\x80"}, {"\xF0\x9F\x98", "\x80"}}) {
    std::string body = role_chunk;
    for (const char* part : parts) body += chunk("{\"content\":\"" + std::string(part) + "\"}");
    const answer a = read_stream(body + finish_chunk + done_event);
    EXPECT_TRUE(a.complete);
    EXPECT_THAT(a.out, HasSubstr("{\"content\":\"\xF0\x9F\x98\x80\"}"));
    EXPECT_THAT(a.out, Not(HasSubstr("\xEF\xBF\xBD")));
  }
  const answer inside = read_stream(role_chunk + chunk("{\"content\":\"say \\\"\xC3\"}") + chunk("{\"content\":\"\xA9\\\\ on\xE2\x82\"}") +
                                    chunk("{\"content\":\"\xAC\"}") + finish_chunk + done_event);
  EXPECT_THAT(inside.out, HasSubstr("{\"content\":\"say \\\"\"}"));
  EXPECT_THAT(inside.out, HasSubstr("{\"content\":\"\xC3\xA9\\\\ on\"}"));
  EXPECT_THAT(inside.out, HasSubstr("{\"content\":\"\xE2\x82\xAC\"}"));
}

TEST(StreamReader, Case21SplitCodePointsOfSeveralChoicesStayApart) {
  const auto of = [](int index, std::string_view text) {
    return event(R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"public-model","choices":[{"index":)" +
                 std::to_string(index) + R"(,"delta":{"role":"assistant","content":")" + std::string(text) + R"("},"finish_reason":null}]})");
  };
  const answer a = read_stream(of(0, "\xC3") + of(1, "\xE2\x82") + of(0, "\xA9") + of(1, "\xAC") + finish_chunk + done_event);
  EXPECT_THAT(a.out, HasSubstr("\"\xC3\xA9\""));
  EXPECT_THAT(a.out, HasSubstr("\"\xE2\x82\xAC\""));
}

TEST(StreamReader, Case21AStumpThatIsNotContinuedDoesNotReachALaterText) {
  const answer a = read_stream(role_chunk + chunk("{\"content\":\"x\xC3\"}") + text_chunk + chunk("{\"content\":\"\xA9\"}") + finish_chunk + done_event);
  EXPECT_TRUE(a.complete);
  EXPECT_THAT(a.out, Not(HasSubstr("\xC3\xA9")));
}

TEST(StreamReader, Case21LoneSurrogateEscapesAreRepaired) {
  const answer a = read_stream(role_chunk + chunk(R"({"content":"\ud83d"})") + chunk(R"({"content":"\\ud83d \ud83d\ude00 \ude00"})") + finish_chunk + done_event);
  EXPECT_TRUE(a.complete);
  EXPECT_THAT(a.out, HasSubstr(R"({"content":"\ufffd"})"));
  EXPECT_THAT(a.out, HasSubstr(R"({"content":"\\ud83d \ud83d\ude00 \ufffd"})"));
}

TEST(StreamReader, Case22HugeEventPassesUpToTheLimit) {
  const std::string big(5 << 20, 'x');
  const std::string body = role_chunk + chunk(R"({"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":")" + big + R"("}}]})") +
                           finish_chunk + done_event;
  const answer a = read_in_pieces(backend_kind::openai, chat_stream_options(), {.body = body}, 65536);
  EXPECT_EQ(a.out, body);
  auto options = chat_stream_options();
  options.event_bytes_max = 1 << 20;
  const answer refused = read_in_pieces(backend_kind::openai, options, {.body = body}, 65536);
  ASSERT_TRUE(refused.failure);
  EXPECT_EQ(refused.failure->cause, attempt_cause::garbage);
  EXPECT_EQ(refused.failure->error.code, "upstream_too_large");
}

TEST(StreamReader, Case23CutFramingIsADisconnectThoughTheTextLooksComplete) {
  const answer a = read_stream(role_chunk + text_chunk, false);
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->error.code, "upstream_disconnected");
}

TEST(StreamReader, Case23CutBetweenChoicesIsADisconnect) {
  auto options = chat_stream_options();
  options.choices = 2;
  const answer a = read_answer(options, {.body = role_chunk + text_chunk + finish_chunk, .clean = false});
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->cause, attempt_cause::truncated);
}

TEST(StreamReader, Case24WrongContentTypeIsSniffed) {
  EXPECT_EQ(read_answer(chat_stream_options(), {.body = good, .content_type = "text/plain"}).out, good);
  EXPECT_EQ(read_answer(chat_stream_options(), {.body = good, .content_type = ""}).out, good);
}

TEST(StreamReader, Case24JsonErrorBodyIsMapped) {
  for (const char* type : {"application/json", "text/event-stream"}) {
    const answer a = read_answer(chat_stream_options(), {.body = R"( {"object":"error","message":"no","type":"BadRequestError","code":400} )", .content_type = type});
    ASSERT_TRUE(a.failure);
    EXPECT_EQ(a.failure->error.status, 400);
    EXPECT_EQ(a.failure->error.message, "no");
  }
}

TEST(StreamReader, Case24WebPageEmptyAndNonsenseAreGarbage) {
  for (const char* body : {"<!doctype html><html>hello</html>", "", "\n\n", "upstream connect error", "[1,2]", "\"text\"", "data: {not json}\n\n",
                           "data: 1\n\n", "data: {\"choices\":[7]}\n\n", "data: {\"choices\":[{\"index\":-1}]}\n\n"}) {
    const answer a = read_stream(body);
    ASSERT_TRUE(a.failure) << body;
    EXPECT_EQ(a.failure->cause, attempt_cause::garbage) << body;
    EXPECT_EQ(a.failure->error.status, 502);
    EXPECT_THAT(a.failure->error.message, Not(HasSubstr("hello")));
    EXPECT_EQ(a.out, "") << body;
  }
}

TEST(StreamReader, ErrorStatusIsReadFromTheBody) {
  const answer a = read_answer(chat_stream_options(), {.body = R"({"error":{"message":"slow down","code":429}})", .status = 429, .content_type = "application/json", .retry_after = "3"});
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->cause, attempt_cause::rate_limited);
  EXPECT_EQ(a.failure->retry_after, seconds(3));
}

TEST(StreamReader, AWholeAnswerToAStreamedRequestBecomesAStream) {
  const answer a = read_answer(chat_stream_options(), {.body = R"({"id":"chatcmpl-9","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}})",
                                                       .content_type = "application/json"});
  EXPECT_TRUE(a.complete);
  EXPECT_TRUE(a.content);
  EXPECT_THAT(a.out, HasSubstr(R"("content":"hello")"));
  EXPECT_THAT(a.out, HasSubstr(R"("id":"c1")"));
  EXPECT_THAT(a.out, HasSubstr(R"("finish_reason":"tool_calls")"));
  EXPECT_TRUE(a.out.ends_with(done_event));
  EXPECT_EQ(a.usage.prompt_tokens, 3);
}

TEST(StreamReader, ObfuscationIsDropped) {
  const answer a = read_stream(role_chunk + chunk(R"({"content":"hi"})", "null", R"(,"obfuscation":"x7Jk")") + finish_chunk + done_event);
  EXPECT_EQ(a.out, good);
}

TEST(StreamReader, ReasoningComesUnderTheWantedName) {
  const std::string newer = chunk(R"({"reasoning":"hm"})"), older = chunk(R"({"reasoning_content":"hm"})"), both = chunk(R"({"reasoning":"hm","reasoning_content":"hm"})"),
                    null = chunk(R"({"reasoning":"hm","reasoning_content":null})");
  for (auto [key, want] : {std::pair{openai::reasoning_key::reasoning_content, older}, {openai::reasoning_key::reasoning, newer}}) {
    auto options = chat_stream_options();
    options.reasoning = key;
    for (const std::string& sent : {newer, older, both, null}) {
      const answer a = read_answer(options, {.body = role_chunk + sent + finish_chunk + done_event});
      const bool keeps_null = sent == null && key == openai::reasoning_key::reasoning;
      EXPECT_EQ(a.out, role_chunk + (keeps_null ? null : want) + finish_chunk + done_event) << sent;
      EXPECT_EQ(a.text_bytes, 2u) << sent;
    }
  }
  auto options = chat_stream_options();
  options.reasoning = openai::reasoning_key::both;
  EXPECT_EQ(read_answer(options, {.body = role_chunk + newer + finish_chunk}).out, role_chunk + both + finish_chunk + done_event);
  EXPECT_EQ(read_answer(options, {.body = role_chunk + both + finish_chunk}).out, role_chunk + both + finish_chunk + done_event);
}

TEST(StreamReader, SeveralChoicesHaveTheirOwnRoleAndFinish) {
  auto options = chat_stream_options();
  options.choices = 2;
  const auto of = [](int index, std::string_view rest) {
    return event(R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"public-model","choices":[{"index":)" + std::to_string(index) + "," + std::string(rest) + "}]}");
  };
  const std::string body = of(0, R"("delta":{"role":"assistant","content":""},"finish_reason":null)") + of(1, R"("delta":{"role":"assistant","content":""},"finish_reason":null)") +
                           of(1, R"("delta":{"content":"b"},"finish_reason":null)") + of(0, R"("delta":{"content":"a"},"finish_reason":"stop")") +
                           of(1, R"("delta":{},"finish_reason":"length")") + done_event;
  EXPECT_EQ(read_answer(options, {.body = body}).out, body);
  const answer half = read_answer(options, {.body = of(0, R"("delta":{"content":"a"},"finish_reason":"stop")") + of(1, R"("delta":{"content":"b"},"finish_reason":null)") + done_event});
  ASSERT_TRUE(half.failure);
  EXPECT_EQ(half.failure->cause, attempt_cause::truncated);
}

TEST(StreamReader, TextCompletionsPass) {
  auto options = chat_stream_options();
  options.kind = endpoint::completions;
  const auto text = [](std::string_view t, std::string_view finish) {
    return event(R"({"id":"cmpl-1","object":"text_completion","created":5,"model":"public-model","choices":[{"text":")" + std::string(t) + R"(","index":0,"logprobs":null,"finish_reason":)" + std::string(finish) + "}]}");
  };
  const std::string body = text("a", "null") + text("b", "null") + text("", R"("length")") + done_event;
  const answer a = read_answer(options, {.body = body}, backend_kind::vllm);
  EXPECT_EQ(a.out, body);
  EXPECT_EQ(a.text_bytes, 2u);
}

TEST(StreamReader, NothingIsAddedAfterTheEnd) {
  auto reader = dialect_of(backend_kind::openai).reader(chat_stream_options());
  answer a;
  reader->head({200, "text/event-stream", ""});
  reader->feed(good + text_chunk + event(R"({"error":"late"})"), a);
  reader->feed(text_chunk, a);
  reader->end(true, {}, a);
  EXPECT_EQ(a.out, good);
  EXPECT_FALSE(a.failure);
}

}  // namespace
}  // namespace edgemesh::dialects
