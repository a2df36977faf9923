#include "mock/openai_script.hpp"

#include <algorithm>
#include <utility>

#include "mock/json_text.hpp"
#include "mock/logprob_text.hpp"

namespace edgemesh::mock {
namespace {

constexpr std::string_view llama_build = "b11669-mock";

}  // namespace

openai_script::openai_script(backend_kind kind, asked request, std::vector<answer_plan> plans,
                             answer_identity identity)
    : kind_(kind), request_(std::move(request)), plans_(std::move(plans)), identity_(std::move(identity)) {
  for (const auto& plan : plans_) {
    size_ = std::max(size_, plan.tokens());
    prompt_tokens_ += static_cast<std::size_t>(plan.prompt_tokens);
    completion_tokens_ += plan.tokens() * static_cast<std::size_t>(request_.n);
  }
  if (!request_.stream) return;
  const std::string object =
      request_.chat ? R"("object":"chat.completion.chunk")" : R"("object":"text_completion")";
  const std::string created = R"("created":)" + std::to_string(identity_.created);
  const std::string id = R"("id":)" + quoted(identity_.id), model = R"("model":)" + quoted(identity_.model);
  if (is_llama()) {
    before_ = R"(data: {"choices":[)";
    after_ = "]," + created + "," + id + "," + model + R"(,"system_fingerprint":")" +
             std::string(llama_build) + "\"," + object;
  } else {
    before_ = "data: {" + id + "," + object + "," + created + "," + model + R"(,"choices":[)";
    after_ = "]";
  }
}

std::string_view openai_script::finish_of(const answer_plan& plan) const noexcept {
  // vLLM says "stop" when the client named the tool itself.
  return is_vllm() && !plan.tool.empty() && request_.wish == tool_wish::named ? "stop" : plan.finish;
}

void openai_script::event(std::string& out, std::size_t choice, std::string_view inner,
                          std::string_view logprobs, std::string_view finish) {
  out += before_;
  const auto append_finish = [&] {
    out += R"("finish_reason":)";
    finish.empty() ? out += "null" : ((out += '"') += finish) += '"';
  };
  if (!request_.chat) {
    ((out += R"({"text":)") += inner) += R"(,"index":)";
    ((out += std::to_string(choice)) += R"(,"logprobs":)") += logprobs;
    out += ',';
    append_finish();
  } else if (is_llama()) {
    out += '{';
    append_finish();
    ((out += R"(,"index":)") += std::to_string(choice)) += R"(,"delta":{)";
    (out += inner) += '}';
    if (logprobs != "null") (out += R"(,"logprobs":)") += logprobs;
  } else {
    ((out += R"({"index":)") += std::to_string(choice)) += R"(,"delta":{)";
    ((out += inner) += R"(},"logprobs":)") += logprobs;
    out += ',';
    append_finish();
  }
  if (is_vllm() && !finish.empty()) out += R"(,"stop_reason":null)";
  (out += '}') += after_;
  if (is_vllm() && request_.continuous_usage) (out += R"(,"usage":)") += usage(sent_);
  if (kind_ == backend_kind::openai && request_.include_usage) out += R"(,"usage":null)";
}

void openai_script::opening(std::string& out) {
  if (!request_.chat) return;
  const std::string_view role =
      is_llama() ? R"("role":"assistant","content":null)" : R"("role":"assistant","content":"")";
  for (std::size_t i = 0; i < choices(); ++i) {
    event(out, i, role, "null", "");
    out += "}\n\n";
  }
}

void openai_script::append_delta(std::string& out, const answer_plan& plan, std::size_t k) const {
  token_text::scratch room;
  if (k < plan.reasoning.size()) {
    ((out += '"') += reasoning_key()) += "\":";
    return append_quoted(out, plan.reasoning.at(k, room));
  }
  k -= plan.reasoning.size();
  if (plan.tool.empty()) {
    if (request_.chat) out += R"("content":)";
    return append_quoted(out, plan.content.at(k, room));
  }
  out += R"("tool_calls":[{"index":0,)";
  if (k == 0) {
    ((out += R"("id":)") += quoted(identity_.tool_id)) += R"(,"type":"function","function":{"name":)";
    (out += quoted(plan.tool)) += R"(,"arguments":""}}])";
    return;
  }
  constexpr auto half = answer_plan::tool_arguments.size() / 2;
  out += R"("function":{"arguments":)";
  append_quoted(
      out, k == 1 ? answer_plan::tool_arguments.substr(0, half) : answer_plan::tool_arguments.substr(half));
  out += "}}]";
}

std::string openai_script::logprobs_of(const answer_plan& plan, std::size_t k) {
  if (!request_.logprobs || k < plan.reasoning.size() || !plan.tool.empty()) return "null";
  token_text::scratch room;
  const std::vector<std::string> token{std::string(plan.content.at(k - plan.reasoning.size(), room))};
  if (request_.chat || is_llama()) return chat_logprobs(token, request_.top_logprobs);
  const auto offset = text_offset_;
  if (&plan == &plans_.front()) text_offset_ += token.front().size();
  return completion_logprobs(token, request_.top_logprobs, offset);
}

void openai_script::step(std::size_t k, std::string& out) {
  std::string inner;
  for (std::size_t p = 0; p < plans_.size(); ++p) {
    const auto& plan = plans_[p];
    if (k >= plan.tokens()) continue;
    inner.clear();
    append_delta(inner, plan, k);
    const auto logprobs = logprobs_of(plan, k);
    const bool is_last = k + 1 == plan.tokens();
    for (int i = 0; i < request_.n; ++i) {
      ++sent_;
      event(out, p * static_cast<std::size_t>(request_.n) + static_cast<std::size_t>(i), inner, logprobs,
            is_vllm() && is_last ? finish_of(plan) : "");
      out += "}\n\n";
    }
  }
}

void openai_script::closing(std::string& out) {
  for (std::size_t i = 0; i < choices(); ++i) {
    const auto& plan = plan_of(i);
    if (is_vllm() && plan.tokens() > 0) continue;
    event(out, i, request_.chat ? "" : R"("")", "null", finish_of(plan));
    if (is_llama() && !request_.include_usage && i + 1 == choices()) (out += R"(,"timings":)") += timings();
    out += "}\n\n";
  }
  if (request_.include_usage) {
    (((out += before_) += after_) += R"(,"usage":)") += usage(completion_tokens_);
    if (is_llama()) (out += R"(,"timings":)") += timings();
    out += "}\n\n";
  }
  out += "data: [DONE]\n\n";
}

std::string openai_script::usage(std::size_t completion_tokens) const {
  std::string out = R"({"prompt_tokens":)" + std::to_string(prompt_tokens_) + R"(,"completion_tokens":)" +
                    std::to_string(completion_tokens) + R"(,"total_tokens":)" +
                    std::to_string(prompt_tokens_ + completion_tokens) +
                    R"(,"prompt_tokens_details":{"cached_tokens":0})";
  std::size_t reasoning = 0;
  for (const auto& plan : plans_) reasoning += plan.reasoning.size() * static_cast<std::size_t>(request_.n);
  if (kind_ == backend_kind::openai)
    out += R"(,"completion_tokens_details":{"reasoning_tokens":)" + std::to_string(reasoning) + "}";
  return out += "}";
}

std::string openai_script::timings() const {
  return R"({"cache_n":0,"prompt_n":)" + std::to_string(prompt_tokens_) +
         R"(,"prompt_ms":1.5,"prompt_per_token_ms":0.5,"prompt_per_second":2000.0,"predicted_n":)" +
         std::to_string(completion_tokens_) +
         R"(,"predicted_ms":2.5,"predicted_per_token_ms":0.5,"predicted_per_second":2000.0})";
}

std::string openai_script::message_of(const answer_plan& plan) const {
  std::string out = R"({"role":"assistant","content":)";
  plan.tool.empty() ? append_quoted(out, plan.content.all()) : void(out += "null");
  if (!is_llama()) out += R"(,"refusal":null)";
  if (plan.reasoning.size() > 0) ((out += ",\"") += reasoning_key()) += "\":" + quoted(plan.reasoning.all());
  if (!plan.tool.empty())
    out += R"(,"tool_calls":[{"id":)" + quoted(identity_.tool_id) +
           R"(,"type":"function","function":{"name":)" + quoted(plan.tool) + R"(,"arguments":)" +
           quoted(answer_plan::tool_arguments) + "}}]";
  else if (is_vllm())
    out += R"(,"tool_calls":[])";
  return out += '}';
}

std::string openai_script::all_logprobs(const answer_plan& plan) const {
  if (!request_.logprobs || !plan.tool.empty()) return "null";
  std::vector<std::string> tokens;
  token_text::scratch room;
  for (std::size_t k = 0; k < plan.content.size(); ++k) tokens.emplace_back(plan.content.at(k, room));
  return request_.chat || is_llama() ? chat_logprobs(tokens, request_.top_logprobs)
                                     : completion_logprobs(tokens, request_.top_logprobs, 0);
}

std::string openai_script::choice_text(std::size_t choice) const {
  const auto& plan = plan_of(choice);
  std::string out = R"({"index":)" + std::to_string(choice);
  out += request_.chat ? R"(,"message":)" + message_of(plan) : R"(,"text":)" + quoted(plan.content.all());
  ((out += R"(,"logprobs":)") += all_logprobs(plan)) += R"(,"finish_reason":")";
  (out += finish_of(plan)) += '"';
  if (is_vllm()) out += R"(,"stop_reason":null)";
  return out += '}';
}

std::string openai_script::whole() {
  const std::string object =
      request_.chat ? R"("object":"chat.completion")" : R"("object":"text_completion")";
  const std::string created = R"("created":)" + std::to_string(identity_.created);
  const std::string id = R"("id":)" + quoted(identity_.id), model = R"("model":)" + quoted(identity_.model);
  std::string list = R"("choices":[)";
  for (std::size_t i = 0; i < choices(); ++i) (list += i ? "," : "") += choice_text(i);
  list += "]";
  const std::string used = R"("usage":)" + usage(completion_tokens_);
  if (is_llama())
    return "{" + list + "," + created + "," + model + R"(,"system_fingerprint":")" +
           std::string(llama_build) + "\"," + object + "," + used + "," + id + R"(,"timings":)" + timings() +
           "}";
  return "{" + id + "," + object + "," + created + "," + model + "," + list + "," + used + "}";
}

}  // namespace edgemesh::mock
