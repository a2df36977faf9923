#include "dialects/pass_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/validate.hpp"

namespace edgemesh::dialects {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr backend_kind family[] = {backend_kind::openai, backend_kind::llamacpp, backend_kind::vllm, backend_kind::cognis};
const model_offer offer = [] {
  model_offer o;
  o.name = "public";
  o.upstream = "theirs";
  return o;
}();

struct sender {
  backend_kind kind = backend_kind::openai;
  endpoint where = endpoint::chat;
  std::vector<std::string> allow = {};
  bool remote_media = false;
  bool ask_usage = true;

  openai::api_result<upstream_request> operator()(std::string body) const {
    auto client = openai::read_request(where, std::move(body));
    EXPECT_TRUE(client.has_value());
    request_options options{.model = &offer, .allow_fields = &allow, .remote_media = remote_media, .ask_usage = ask_usage};
    return dialect_of(kind).request(*client, options);
  }
  std::string body(std::string text) const {
    auto sent = (*this)(std::move(text));
    EXPECT_TRUE(sent.has_value());
    if (!sent) return {};
    EXPECT_FALSE(json::validate(sent->body)) << sent->body;
    return sent->body;
  }
};

std::string chat(std::string_view more, std::string_view model = "theirs") {
  return R"({"model":")" + std::string(model) + R"(","messages":[{"role":"user","content":"hi"}])" + std::string(more) + "}";
}

TEST(PassRequest, KeepsEveryByteButTheModel) {
  const std::string odd = ",  \"temperature\" : 1.50e0,\"seed\":12345678901234567890, \"unknown\" :{\"a\\u0062\":[ 1 , 2]}";
  for (backend_kind kind : family) EXPECT_EQ(sender{kind}.body(chat(odd, "public")), chat(odd));
}

TEST(PassRequest, GoesToThePathOfItsEndpoint) {
  EXPECT_EQ(sender{}(chat(""))->target, "/v1/chat/completions");
  EXPECT_EQ((sender{backend_kind::vllm, endpoint::completions})(R"({"model":"m","prompt":"x"})")->target, "/v1/completions");
  EXPECT_EQ((sender{backend_kind::vllm, endpoint::embeddings})(R"({"model":"m","input":"x"})")->target, "/v1/embeddings");
}

TEST(PassRequest, Case53MissingModelIsAdded) {
  EXPECT_EQ(sender{backend_kind::cognis}.body(R"({"messages":[{"role":"user","content":"hi"}]})"),
            R"({"messages":[{"role":"user","content":"hi"}],"model":"theirs"})");
  EXPECT_EQ(sender{}.body(R"({"model":null,"messages":[{"role":"user","content":"hi"}]})"), chat(""));
}

TEST(PassRequest, UsageIsAskedForWhenStreaming) {
  EXPECT_EQ(sender{}.body(chat(R"(,"stream":true)")), chat(R"(,"stream":true,"stream_options":{"include_usage":true})"));
  EXPECT_EQ(sender{}.body(chat(R"(,"stream":true,"stream_options":null)")), chat(R"(,"stream":true,"stream_options":{"include_usage":true})"));
  EXPECT_EQ(sender{}.body(chat(R"(,"stream":true,"stream_options":{})")), chat(R"(,"stream":true,"stream_options":{"include_usage":true})"));
  EXPECT_EQ(sender{}.body(chat(R"(,"stream":true,"stream_options":{"include_usage":false,"include_obfuscation":false})")),
            chat(R"(,"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false})"));
  EXPECT_EQ(sender{}.body(chat(R"(,"stream":true,"stream_options":{"include_usage":true,"include_usage":false})")),
            chat(R"(,"stream":true,"stream_options":{"include_usage":true,"include_usage":true})"));
  const std::string asked = chat(R"(,"stream":true,"stream_options":{"x":1,"include_usage":true})");
  EXPECT_EQ(sender{}.body(asked), asked);
}

TEST(PassRequest, StreamOptionsGoWhereTheyAreRejected) {
  EXPECT_EQ(sender{}.body(chat(R"(,"stream_options":{"include_usage":true})")), chat(""));
  sender without;
  without.ask_usage = false;
  EXPECT_EQ(without.body(chat(R"(,"stream":true,"stream_options":{"include_usage":true})")), chat(R"(,"stream":true)"));
  EXPECT_EQ(without.body(chat(R"(,"stream":true)")), chat(R"(,"stream":true)"));
}

TEST(PassRequest, SteeringFieldsNeverPass) {
  const std::vector<std::string> everywhere = {"cache_salt", "priority", "kv_transfer_params", "request_id", "session_id", "logits_processors",
                                               "chat_template", "mm_processor_kwargs", "id_slot", "lora", "num_ctx", "keep_alive", "options"};
  for (backend_kind kind : family) {
    for (const std::string& name : everywhere) {
      EXPECT_TRUE(is_steering_field(kind, name)) << name;
      EXPECT_EQ(sender{kind}.body(chat(",\"" + name + "\":{\"a\":[1]},\"top_p\":0.5")), chat(",\"top_p\":0.5")) << name_of(kind) << ' ' << name;
    }
  }
  for (const char* name : {"slot_id", "cache_prompt", "n_cache_reuse", "speculative.n_max"})
    for (backend_kind kind : {backend_kind::llamacpp, backend_kind::cognis}) EXPECT_EQ(sender{kind}.body(chat(",\"" + std::string(name) + "\":1")), chat(""));
  for (const char* name : {"vllm_xargs", "guided_decoding_backend", "prompt_embeds", "media_io_kwargs"})
    EXPECT_EQ(sender{backend_kind::vllm}.body(chat(",\"" + std::string(name) + "\":1")), chat("")) << name;
  for (const char* name : {"custom_logit_processor", "bootstrap_host", "lora_path", "rid", "ttl", "api_base", "models", "provider"})
    EXPECT_EQ(sender{backend_kind::openai}.body(chat(",\"" + std::string(name) + "\":1")), chat("")) << name;
}

TEST(PassRequest, SteeringFieldsDoNotHideBehindEscapes) {
  EXPECT_EQ(sender{backend_kind::vllm}.body(chat(R"(,"cache\u005fsalt":"x")")), chat(""));
}

TEST(PassRequest, AllowFieldsOpensSingleOnes) {
  for (backend_kind kind : family) {
    sender s{kind};
    s.allow = {"cache_salt", "priority"};
    EXPECT_EQ(s.body(chat(R"(,"cache_salt":"x","priority":1,"num_ctx":5)")), chat(R"(,"cache_salt":"x","priority":1)"));
  }
}

TEST(PassRequest, FieldsThatShapeTheAnswerPass) {
  const std::string shaping = R"(,"grammar":"root ::= x","guided_json":{},"structured_outputs":{},"min_tokens":1,"stop_token_ids":[1],"chat_template_kwargs":{"enable_thinking":false},"reasoning_effort":"low","logit_bias":{"1":-1})";
  for (backend_kind kind : family) EXPECT_EQ(sender{kind}.body(chat(shaping)), chat(shaping)) << name_of(kind);
}

TEST(PassRequest, TemplateVariablesCannotBringATemplate) {
  EXPECT_EQ(sender{backend_kind::vllm}.body(chat(R"(,"chat_template_kwargs":{"chat_template":"{{x}}","a":1,"tokenize":true})")),
            chat(R"(,"chat_template_kwargs":{"a":1})"));
}

TEST(PassRequest, EngineSamplersGoToEnginesOnly) {
  const std::string samplers = R"(,"top_k":5,"min_p":0.1)";
  EXPECT_EQ(sender{backend_kind::llamacpp}.body(chat(samplers)), chat(samplers));
  EXPECT_EQ(sender{backend_kind::vllm}.body(chat(samplers)), chat(samplers));
  EXPECT_EQ(sender{backend_kind::openai}.body(chat(samplers)), chat(""));
  sender open{backend_kind::openai};
  open.allow = {"top_k"};
  EXPECT_EQ(open.body(chat(samplers)), chat(R"(,"top_k":5)"));
}

TEST(PassRequest, AccountFieldsGoToHostedApisOnly) {
  const std::string account = R"(,"user":"u","metadata":{},"store":false,"service_tier":"auto","safety_identifier":"s","prompt_cache_key":"k")";
  EXPECT_EQ(sender{backend_kind::openai}.body(chat(account)), chat(account));
  for (backend_kind kind : {backend_kind::llamacpp, backend_kind::vllm, backend_kind::cognis}) EXPECT_EQ(sender{kind}.body(chat(account)), chat(""));
}

TEST(PassRequest, DeveloperBecomesSystem) {
  for (backend_kind kind : family)
    EXPECT_EQ(sender{kind}.body(R"({"model":"theirs","messages":[{"role":"developer","content":"\"developer\""},{"role":"user","content":"developer"}]})"),
              R"({"model":"theirs","messages":[{"role":"system","content":"\"developer\""},{"role":"user","content":"developer"}]})");
}

TEST(PassRequest, ReasoningOfEarlierTurnsIsSpelledForLlama) {
  const std::string body = R"({"model":"theirs","messages":[{"role":"assistant","content":"a","reasoning":"r"},{"role":"user","content":"hi"}]})";
  EXPECT_THAT(sender{backend_kind::llamacpp}.body(body), HasSubstr(R"("reasoning_content":"r")"));
  EXPECT_EQ(sender{backend_kind::vllm}.body(body), body);
}

TEST(PassRequest, MediaHaveNoNamesInTheEnginesCache) {
  const std::string part = R"({"model":"theirs","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"},"uuid":)";
  EXPECT_EQ(sender{backend_kind::vllm}.body(part + R"("other-clients-picture"}]}]})"), part + "null}]}]}");
}

TEST(PassRequest, Case43OneTokenLimitGoesOut) {
  const std::string both = R"(,"max_tokens":5,"max_completion_tokens":9)";
  for (backend_kind kind : {backend_kind::llamacpp, backend_kind::cognis, backend_kind::openai}) {
    EXPECT_EQ(sender{kind}.body(chat(both)), chat(R"(,"max_tokens":9)"));
    EXPECT_EQ(sender{kind}.body(chat(R"(,"max_completion_tokens":9)")), chat(R"(,"max_tokens":9)"));
    EXPECT_EQ(sender{kind}.body(chat(R"(,"max_tokens":5,"max_completion_tokens":null)")), chat(R"(,"max_tokens":5)"));
  }
  EXPECT_EQ(sender{backend_kind::vllm}.body(chat(both)), chat(R"(,"max_completion_tokens":9)"));
  EXPECT_EQ(sender{backend_kind::vllm}.body(chat(R"(,"max_tokens":5)")), chat(R"(,"max_tokens":5)"));
  sender newer{backend_kind::openai};
  newer.allow = {"max_completion_tokens"};
  EXPECT_EQ(newer.body(chat(both)), chat(R"(,"max_completion_tokens":9)"));
}

TEST(PassRequest, NativeLimitDoesNotOutrankTheCheckedOne) {
  EXPECT_EQ(sender{backend_kind::llamacpp}.body(chat(R"(,"n_predict":9999,"max_tokens":5)")), chat(R"(,"max_tokens":5)"));
  EXPECT_EQ(sender{backend_kind::llamacpp}.body(chat(R"(,"n_predict":9)")), chat(R"(,"n_predict":9)"));
}

TEST(PassRequest, Case44EmptyStopIsOmitted) {
  for (backend_kind kind : family) {
    EXPECT_EQ(sender{kind}.body(chat(R"(,"stop":[])")), chat(""));
    EXPECT_EQ(sender{kind}.body(chat(R"(,"stop":null)")), chat(""));
    EXPECT_EQ(sender{kind}.body(chat(R"(,"stop":["x"])")), chat(R"(,"stop":["x"])"));
  }
}

TEST(PassRequest, Case45NullsAreOmitted) {
  for (backend_kind kind : family)
    EXPECT_EQ(sender{kind}.body(chat(R"(,"temperature":null,"top_p":null,"seed":null,"tools":null,"stream":null,"custom":null)")), chat(R"(,"custom":null)"));
}

TEST(PassRequest, TextFormatIsTheDefault) {
  const std::string text = R"(,"response_format":{"type":"text"})", object = R"(,"response_format":{"type":"json_object"})";
  EXPECT_EQ(sender{backend_kind::llamacpp}.body(chat(text)), chat(""));
  EXPECT_EQ(sender{backend_kind::openai}.body(chat(text)), chat(""));
  EXPECT_EQ(sender{backend_kind::vllm}.body(chat(text)), chat(text));
  EXPECT_EQ(sender{backend_kind::llamacpp}.body(chat(object)), chat(object));
}

TEST(PassRequest, Case39RemoteMediaNeedPermission) {
  for (const char* part : {R"({"type":"image_url","image_url":{"url":"http://169.254.169.254/x"}})", R"({"type":"image_url","image_url":{"url":"https://example.com/a.png"}})",
                           R"({"type":"image_url","image_url":{"url":"file:///etc/passwd"}})", R"({"type":"video_url","video_url":{"url":"http://10.0.0.1/v"}})",
                           R"({"type":"audio_url","audio_url":{"url":"http://10.0.0.1/a"}})"}) {
    const std::string body = R"({"model":"theirs","messages":[{"role":"user","content":[)" + std::string(part) + "]}]}";
    for (backend_kind kind : family) {
      const auto refused = sender{kind}(body);
      ASSERT_TRUE(refused.has_error()) << part;
      EXPECT_EQ(refused.error().status, 400);
      EXPECT_EQ(refused.error().param, "messages");
      sender open{kind};
      open.remote_media = true;
      EXPECT_EQ(open.body(body), body);
    }
  }
}

TEST(PassRequest, MessagesReachNoEndpointThatDoesNotCheckThem) {
  EXPECT_EQ((sender{backend_kind::vllm, endpoint::embeddings}).body(R"({"model":"theirs","input":"x","messages":[{"role":"user","content":"also this"}]})"),
            R"({"model":"theirs","input":"x"})");
}

TEST(PassRequest, TooManyFieldsToTakeOutAreRefused) {
  std::string many;
  for (int i = 0; i < 300; ++i) many += ",\"speculative.x" + std::to_string(i) + "\":1";
  const auto refused = sender{backend_kind::llamacpp}(chat(many));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().status, 400);
}

TEST(DialectOf, KnowsEveryKind) {
  for (backend_kind kind : {backend_kind::openai, backend_kind::llamacpp, backend_kind::vllm, backend_kind::ollama, backend_kind::cognis})
    EXPECT_EQ(dialect_of(kind).kind(), kind);
}

TEST(IsSteeringField, KnowsOllamasRunnerOptions) {
  for (const char* name : {"num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict", "keep_alive", "template"})
    EXPECT_TRUE(is_steering_field(backend_kind::ollama, name)) << name;
  for (const char* name : {"temperature", "top_k", "min_p", "num_keep", "repeat_penalty", "seed"})
    EXPECT_FALSE(is_steering_field(backend_kind::ollama, name)) << name;
}

}  // namespace
}  // namespace edgemesh::dialects
