#include "dialects/upstream_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dialects/error_fields.hpp"

namespace edgemesh::dialects {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

attempt_failure read(int status, std::string_view body, backend_kind kind = backend_kind::openai, std::string_view retry_after = "") {
  return read_upstream_error(kind, {status, "application/json", retry_after}, body, {});
}

struct row {
  const char* name;
  backend_kind kind;
  int status;
  const char* body;
  attempt_cause cause;
  int client_status;
  const char* type;
  const char* code;  ///< nullptr: null
};

class UpstreamErrorTable : public ::testing::TestWithParam<row> {};

TEST_P(UpstreamErrorTable, MapsAsTheTableSays) {
  const row& r = GetParam();
  const attempt_failure f = read(r.status, r.body, r.kind);
  EXPECT_EQ(name_of(f.cause), name_of(r.cause));
  EXPECT_EQ(f.error.status, r.client_status);
  EXPECT_EQ(f.error.type, r.type);
  EXPECT_EQ(f.error.code, r.code ? std::optional<std::string>(r.code) : std::nullopt);
  EXPECT_FALSE(f.error.message.empty());
}

constexpr auto openai = backend_kind::openai, llamacpp = backend_kind::llamacpp, vllm = backend_kind::vllm, ollama = backend_kind::ollama;
constexpr const char* invalid = "invalid_request_error";

INSTANTIATE_TEST_SUITE_P(
    F4, UpstreamErrorTable,
    ::testing::Values(
        row{"Other400", vllm, 400, R"({"error":{"message":"bad","type":"BadRequestError","param":"x","code":400}})", attempt_cause::bad_request, 400, invalid, nullptr},
        row{"CodeOf400", openai, 400, R"({"error":{"message":"bad","type":"x","code":"odd_value"}})", attempt_cause::bad_request, 400, invalid, "odd_value"},
        row{"IntCodeUnlikeStatus", openai, 400, R"({"error":{"message":"bad","code":40013}})", attempt_cause::bad_request, 400, invalid, "40013"},
        row{"LlamaContext", llamacpp, 400, R"({"error":{"code":400,"message":"request (9 tokens) exceeds the available context size (8 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}})", attempt_cause::context_exceeded, 400, invalid, "context_length_exceeded"},
        row{"VllmContext", vllm, 400, R"({"object":"error","message":"This model's maximum context length is 8 tokens.","type":"BadRequestError","code":400})", attempt_cause::context_exceeded, 400, invalid, "context_length_exceeded"},
        row{"OllamaContext", ollama, 400, R"({"error":"the input length exceeds the context length"})", attempt_cause::context_exceeded, 400, invalid, "context_length_exceeded"},
        row{"TgiContext", openai, 422, R"({"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096","error_type":"validation"})", attempt_cause::context_exceeded, 400, invalid, "context_length_exceeded"},
        row{"Case06NestedContext", ollama, 400, R"({"error":"{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context size\",\"type\":\"exceed_context_size_error\"}}"})", attempt_cause::context_exceeded, 400, invalid, "context_length_exceeded"},
        row{"LlamaRouterModel", llamacpp, 400, R"({"error":{"code":400,"message":"model 'x' not found","type":"invalid_request_error"}})", attempt_cause::model_missing, 404, invalid, "model_not_found"},
        row{"LlamaPythonModel", openai, 400, R"({"error":{"message":"nope","code":"model_not_found"}})", attempt_cause::model_missing, 404, invalid, "model_not_found"},
        row{"OllamaModel", ollama, 404, R"({"error":"model \"m\" not found, try pulling it first"})", attempt_cause::model_missing, 404, invalid, "model_not_found"},
        row{"VllmModel", vllm, 404, R"({"error":{"message":"The model `x` does not exist.","type":"NotFoundError","param":"model","code":404}})", attempt_cause::model_missing, 404, invalid, "model_not_found"},
        row{"OllamaRoute", ollama, 404, "404 page not found", attempt_cause::unsupported, 502, "upstream_error", "unsupported_endpoint"},
        row{"LlamaRoute", llamacpp, 404, R"({"error":{"code":404,"message":"File Not Found","type":"not_found_error"}})", attempt_cause::unsupported, 502, "upstream_error", "unsupported_endpoint"},
        row{"FastApiRoute", vllm, 404, R"({"detail":"Not Found"})", attempt_cause::unsupported, 502, "upstream_error", "unsupported_endpoint"},
        row{"Case62Unauthorized", openai, 401, R"({"error":{"message":"Incorrect API key provided: sk-secret","code":"invalid_api_key"}})", attempt_cause::auth_failed, 502, "upstream_error", "upstream_auth_failed"},
        row{"Case63VllmUnauthorized", vllm, 401, R"({"error":"Unauthorized"})", attempt_cause::auth_failed, 502, "upstream_error", "upstream_auth_failed"},
        row{"Forbidden", openai, 403, R"({"error":{"message":"no"}})", attempt_cause::auth_failed, 502, "upstream_error", "upstream_auth_failed"},
        row{"TheProxyWantsOtherCredentials", openai, 407, "", attempt_cause::auth_failed, 502, "upstream_error", "upstream_auth_failed"},
        row{"Case64OllamaHostGuard", ollama, 403, "", attempt_cause::auth_failed, 502, "upstream_error", "upstream_forbidden_host"},
        row{"RequestTimeout", openai, 408, "", attempt_cause::overloaded, 503, "upstream_error", nullptr},
        row{"Conflict", openai, 409, "{}", attempt_cause::overloaded, 503, "upstream_error", nullptr},
        row{"TooEarly", openai, 425, "{}", attempt_cause::overloaded, 503, "upstream_error", nullptr},
        row{"TooLarge", openai, 413, "", attempt_cause::bad_request, 413, invalid, "request_too_large"},
        row{"Unprocessable", openai, 422, R"({"detail":[{"loc":["body","n"],"msg":"must be positive","type":"x"}]})", attempt_cause::bad_request, 400, invalid, nullptr},
        row{"TgiGeneration", openai, 424, R"({"error":"Request failed during generation","error_type":"generation"})", attempt_cause::server_error, 502, "server_error", "upstream_error"},
        row{"Plain500", openai, 500, "oops", attempt_cause::server_error, 502, "server_error", "upstream_error"},
        row{"BadGateway", openai, 502, "<html>bad gateway</html>", attempt_cause::server_error, 502, "server_error", "upstream_error"},
        row{"RateLimit", openai, 429, R"({"error":{"message":"slow","type":"requests","code":"x"}})", attempt_cause::rate_limited, 429, "rate_limit_error", "rate_limit_exceeded"},
        row{"OllamaCancelled", ollama, 499, R"({"error":"request canceled"})", attempt_cause::cancelled, 502, "upstream_error", "upstream_cancelled"},
        row{"NotImplemented", llamacpp, 501, R"({"error":{"code":501,"message":"no embeddings","type":"not_supported_error"}})", attempt_cause::unsupported, 501, invalid, "unsupported_endpoint"},
        row{"ANodeWhoseOnlyWayLeadsBack", openai, 508, R"({"error":{"message":"passed","code":"loop_detected"}})", attempt_cause::unsupported, 508, "upstream_error", "loop_detected"},
        row{"LlamaLoading", llamacpp, 503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})", attempt_cause::loading, 503, "server_error", "model_loading"},
        row{"Case59OllamaBusy", ollama, 503, R"({"error":"server busy, please try again.  maximum pending requests exceeded"})", attempt_cause::overloaded, 503, "server_error", "server_is_overloaded"},
        row{"VllmDead", vllm, 503, R"({"error":{"message":"EngineDeadError: EngineCore encountered an issue","type":"ServiceUnavailable","code":503}})", attempt_cause::server_error, 503, "server_error", "upstream_dead"},
        row{"ProxyPage503", openai, 503, "<html>Service Unavailable</html>", attempt_cause::server_error, 502, "server_error", "upstream_error"},
        row{"GatewayTimeout", openai, 504, "", attempt_cause::server_error, 504, "upstream_error", "upstream_timeout"},
        row{"Redirect", openai, 302, "", attempt_cause::server_error, 502, "server_error", "upstream_error"},
        row{"OllamaWithoutSkill", ollama, 400, R"({"error":"\"m\" does not support tools"})", attempt_cause::unsupported, 400, invalid, nullptr},
        row{"InsideA200", vllm, 200, R"({"error":{"message":"bad","type":"BadRequestError","code":400}})", attempt_cause::bad_request, 400, invalid, nullptr},
        row{"InsideA200WithoutCode", openai, 200, R"({"error":"broke"})", attempt_cause::server_error, 502, "server_error", "upstream_error"},
        row{"InsideA200TextCode", openai, 200, R"({"error":{"message":"busy","code":"503"}})", attempt_cause::overloaded, 503, "server_error", "server_is_overloaded"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(UpstreamError, NeverShowsOurCredentialOrAPage) {
  EXPECT_THAT(read(401, R"({"error":{"message":"Incorrect API key provided: sk-secret"}})").error.message, Not(HasSubstr("secret")));
  EXPECT_THAT(read(500, "<html><body>secret</body></html>").error.message, Not(HasSubstr("secret")));
}

TEST(UpstreamError, MissingModelNamesTheParameterAndNoUpstreamName) {
  const auto f = read(404, R"({"error":"model 'hidden-name' not found"})", ollama);
  EXPECT_EQ(f.error.param, "model");
  EXPECT_THAT(f.error.message, Not(HasSubstr("hidden-name")));
}

TEST(UpstreamError, TextIsCutAndFreeOfControlCharacters) {
  const auto f = read(400, R"({"error":{"message":"a\u0000b\u001b[31mc\n)" + std::string(5000, 'x') + "\xC3\xA9\"}}");
  EXPECT_LE(f.error.message.size(), 512u);
  EXPECT_THAT(f.error.message, ::testing::StartsWith("ab[31mc x"));
  EXPECT_EQ(read(400, "  plain words \r\n").error.message, "plain words");
  EXPECT_EQ(read(400, "").error.message, "upstream returned 400");
}

TEST(UpstreamError, CutsAtACodePoint) {
  std::string text(511, 'x');
  text += "\xC3\xA9\xC3\xA9";
  EXPECT_EQ(shown_text(text), std::string(511, 'x'));
}

TEST(UpstreamError, FastApiDetailIsJoined) {
  EXPECT_EQ(read(422, R"({"detail":[{"msg":"one"},{"msg":"two"}]})").error.message, "one; two");
}

TEST(UpstreamError, AnErrorEventUnderAFailingStatusIsRead) {
  EXPECT_EQ(read(400, "data: {\"error\":{\"message\":\"bad n\"}}\n\ndata: [DONE]\n\n").error.message, "bad n");
  EXPECT_EQ(read(400, "data: {\"error\":{\"message\":\"bad n\"}}").error.message, "bad n");
}

TEST(UpstreamError, ContextTellsItsParameter) {
  const auto f = read(400, R"({"error":{"message":"maximum context length is 5"}})");
  EXPECT_EQ(f.error.param, "messages");
  EXPECT_EQ(f.error.message, "maximum context length is 5");
}

TEST(UpstreamError, Case48RejectedStreamOptionsAreNoticed) {
  EXPECT_TRUE(read(400, R"({"error":{"message":"Unrecognized request argument supplied: stream_options"}})").usage_rejected);
  EXPECT_TRUE(read(422, R"({"detail":[{"loc":["body","stream_options"],"msg":"extra field stream_options not permitted"}]})").usage_rejected);
  EXPECT_FALSE(read(400, R"({"error":{"message":"bad temperature"}})").usage_rejected);
}

TEST(UpstreamError, Case48RejectedStreamOptionsAreNoticedInALocation) {
  EXPECT_TRUE(read(422, R"({"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]})").usage_rejected);
  EXPECT_TRUE(read(400, R"({"error":{"message":"unknown field","param":"stream_options"}})").usage_rejected);
}

TEST(UpstreamError, Case60RetryAfterIsKeptWholeForTheBackendAndClampedForTheClient) {
  const auto f = read(429, "{}", openai, "600");
  EXPECT_EQ(f.retry_after, seconds(600));
  EXPECT_EQ(f.error.retry_after, seconds(600));  // the writer of the response clamps
  EXPECT_EQ(read(503, R"({"error":{"message":"Loading model"}})", llamacpp, "300").error.retry_after, seconds(5));
  EXPECT_EQ(read(503, "{}", ollama).error.retry_after, seconds(1));
}

TEST(RetryAfter, ReadsSecondsAndDates) {
  const wall_time now = wall_time(seconds(784111777));  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(parse_retry_after("120", now), seconds(120));
  EXPECT_EQ(parse_retry_after(" 0 ", now), seconds(0));
  EXPECT_EQ(parse_retry_after("1.2", now), seconds(2));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), seconds(60));
  EXPECT_EQ(parse_retry_after("99999999999999999999", now), seconds(365 * 24 * 3600));
}

TEST(RetryAfter, Case61DateInThePastIsZero) {
  const wall_time now = wall_time(seconds(784111777));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), seconds(0));
}

TEST(RetryAfter, RefusesNonsense) {
  for (const char* text : {"", "soon", "-1", "1.", "1x", "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"})
    EXPECT_EQ(parse_retry_after(text, {}), std::nullopt) << text;
}

TEST(ErrorFields, TellsErrorDocumentsFromAnswers) {
  const auto is_error = [](std::string_view text) { return is_error_document(json::value::first_in(text)); };
  EXPECT_TRUE(is_error(R"({"error":{}})"));
  EXPECT_TRUE(is_error(R"({"error":"x"})"));
  EXPECT_TRUE(is_error(R"({"object":"error"})"));
  EXPECT_FALSE(is_error(R"({"error":null,"choices":[]})"));
  EXPECT_FALSE(is_error(R"({"error":""})"));
  EXPECT_FALSE(is_error(R"({"error":false})"));
  EXPECT_FALSE(is_error("[]"));
}

TEST(ErrorFields, UnwrapsNestedTextOnce) {
  EXPECT_EQ(read_error_fields(R"({"error":"{\"error\":\"{\\\"error\\\":\\\"deep\\\"}\"}"})").message, R"({"error":"deep"})");
}

}  // namespace
}  // namespace edgemesh::dialects
