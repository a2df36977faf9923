#include "tests/unit/dialects/reading.hpp"

namespace edgemesh::dialects {
namespace {

using ::testing::HasSubstr;

std::string calls(std::string_view list) { return chunk(R"({"tool_calls":[)" + std::string(list) + "]}"); }

std::string pass(const std::string& deltas) {
  const answer a = read_stream(role_chunk + deltas + chunk("{}", R"("tool_calls")") + done_event, true, backend_kind::vllm);
  EXPECT_TRUE(a.complete);
  EXPECT_TRUE(a.out.starts_with(role_chunk));
  EXPECT_TRUE(a.out.ends_with(chunk("{}", R"("tool_calls")") + done_event));
  return a.out.substr(role_chunk.size(), a.out.size() - role_chunk.size() - chunk("{}", R"("tool_calls")").size() - done_event.size());
}

TEST(ToolDeltaPass, StrictDeltasPassByteForByte) {
  const std::string deltas = calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}})") +
                             calls(R"({"index":0,"function":{"arguments":"{\"x\""}})") + calls(R"({"index":0,"function":{"arguments":":1}"}})");
  EXPECT_EQ(pass(deltas), deltas);
}

TEST(ToolDeltaPass, Case34InterleavedCallsKeepTheirOrderAndSayTheirNameOnce) {
  const std::string first = calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}})");
  const std::string second = calls(R"({"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}})");
  const std::string repeated = calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"1"}})");
  const std::string stripped = calls(R"({"index":0,"function":{"arguments":"1"}})");
  const std::string other = calls(R"({"index":1,"function":{"arguments":"2"}})");
  EXPECT_EQ(pass(first + second + repeated + other), first + second + stripped + other);
}

TEST(ToolDeltaPass, Case35FirstIndexOneIsRenumberedFromZero) {
  EXPECT_EQ(pass(calls(R"({"index":1,"id":"a","type":"function","function":{"name":"f","arguments":""}})") + calls(R"({"index":1,"function":{"arguments":"1"}})")),
            calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}})") + calls(R"({"index":0,"function":{"arguments":"1"}})"));
}

TEST(ToolDeltaPass, CallsThatAllSayIndexZeroAreToldApart) {
  const std::string first = calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}})");
  const std::string second = calls(R"({"index":0,"id":"b","type":"function","function":{"name":"f","arguments":"{}"}})");
  EXPECT_EQ(pass(first + second), first + calls(R"({"index":1,"id":"b","type":"function","function":{"name":"f","arguments":"{}"}})"));
}

TEST(ToolDeltaPass, MissingPartsOfTheFirstDeltaAreAdded) {
  EXPECT_EQ(pass(calls(R"({"function":{"name":"f"}})")),
            calls(R"({"function":{"name":"f","arguments":""},"index":0,"id":"call_chatcmpl-ours_0","type":"function"})"));
  EXPECT_EQ(pass(calls(R"({"index":0,"id":null,"type":null,"function":{"name":"f","arguments":null}})")),
            calls(R"({"index":0,"id":"call_chatcmpl-ours_0","type":"function","function":{"name":"f","arguments":""}})"));
}

TEST(ToolDeltaPass, ArgumentsAsAnObjectBecomeText) {
  EXPECT_EQ(pass(calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":{"b": 1e2, "a": 0.10}}})")),
            calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"b\":1e2,\"a\":0.10}"}})"));
}

TEST(ToolDeltaPass, ANameThatComesLaterIsKept) {
  const std::string deltas = calls(R"({"index":0,"id":"a","type":"function","function":{"name":"","arguments":""}})") +
                             calls(R"({"index":0,"function":{"name":"f","arguments":""}})");
  EXPECT_EQ(pass(deltas), deltas);
}

TEST(ToolDeltaPass, Case37NamedChoiceStaysStop) {
  const std::string body = role_chunk + calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}})") + finish_chunk + done_event;
  EXPECT_EQ(read_stream(body, true, backend_kind::vllm).out, body);
}

TEST(ToolDeltaPass, TooManyCallsAreRefused) {
  std::string body = role_chunk;
  for (int i = 0; i < 130; ++i)
    body += calls(R"({"index":)" + std::to_string(i) + R"(,"id":"a","type":"function","function":{"name":"f","arguments":""}})");
  const answer a = read_in_pieces(backend_kind::vllm, chat_stream_options(), {.body = body}, body.size());
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->cause, attempt_cause::garbage);
}

}  // namespace
}  // namespace edgemesh::dialects
