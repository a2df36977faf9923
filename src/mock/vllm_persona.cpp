#include "mock/vllm_persona.hpp"

#include <boost/json.hpp>

#include "mock/field_reader.hpp"
#include "mock/json_text.hpp"

namespace edgemesh::mock {
namespace {

std::string_view type_of(const complaint& why) {
  if (!why.type.empty()) return why.type;
  switch (why.status) {
    case 400:
      return "BadRequestError";
    case 404:
      return "NotFoundError";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "UnprocessableEntityError";
    case 429:
      return "TooManyRequestsError";
    case 501:
      return "NotImplementedError";
    case 503:
      return "ServiceUnavailable";
    default:
      return why.status >= 500 ? "InternalServerError" : "BadRequestError";
  }
}

std::string members_of(const complaint& why) {
  return R"("message":)" + quoted(why.message) + R"(,"type":)" + quoted(type_of(why)) + R"(,"param":)" +
         quoted_or_null(why.param) + R"(,"code":)" + std::to_string(why.status);
}

constexpr std::string_view key_refused = "Unauthorized";

}  // namespace

path_role vllm_persona::role_of(std::string_view path) const {
  return path == "/health" || path == "/ping" ? path_role::health : openai_persona::role_of(path);
}

reply vllm_persona::refusal(const complaint& why) const {
  if (why.status == 401) return json_reply(R"({"error":")" + std::string(key_refused) + "\"}", 401);
  return json_reply(R"({"error":{)" + members_of(why) + "}}", why.status);
}

complaint vllm_persona::fault_complaint(fault_name name) const {
  if (name == fault_name::error_429) return {429, "Too many requests in the queue", "", "", "", ""};
  if (name == fault_name::loading) return {503, "Loading model", "", "", "", ""};
  return {500, "EngineCore encountered an issue. See stack trace (above) for the root cause.", "", "", "",
          ""};
}

std::string vllm_persona::error_event(const complaint& why) const {
  return openai_persona::error_event(why) + "data: [DONE]\n\n";
}

std::string vllm_persona::error_body_in_200(const complaint& why) const {
  return R"({"object":"error",)" + members_of(why) + "}";
}

complaint vllm_persona::wrong_key() const { return {401, std::string(key_refused), "", "", "", ""}; }

std::optional<complaint> vllm_persona::model_problem(const std::string& model,
                                                     const mock_state& state) const {
  if (model.empty() || lists(state, model)) return std::nullopt;
  return complaint{404, "The model `" + model + "` does not exist.", "model", "", "", ""};
}

std::string vllm_persona::model_in_answer(const std::string& asked_model, const mock_state& state) const {
  return asked_model.empty() ? state.options.models.front() : asked_model;
}

complaint vllm_persona::malformed_json(std::string_view parser_says) const {
  return {400,
          "1 validation error: [{'type': 'json_invalid', 'loc': ('body', 1), 'msg': 'JSON decode error', "
          "'ctx': {'error': '" +
              std::string(parser_says) + "'}}]",
          "",
          "",
          "Bad Request",
          ""};
}

std::optional<complaint> vllm_persona::content_type_problem(const incoming& request) const {
  if (request.header("content-type").starts_with("application/json")) return std::nullopt;
  return complaint{415, "Unsupported Media Type: Only 'application/json' is allowed", "", "", "", ""};
}

complaint vllm_persona::too_long(int tokens, int context) const {
  return {400,
          "This model's maximum context length is " + std::to_string(context) +
              " tokens. However, your request has " + std::to_string(tokens) +
              " input tokens. Please reduce the length of the input messages.",
          "input_tokens",
          "",
          "",
          ""};
}

void vllm_persona::adjust(const boost::json::object& body, asked& request) const {
  // A stream_options without include_usage counts as a wish for usage.
  const auto* options = body.if_contains("stream_options");
  if (options && options->is_object() && !options->get_object().contains("include_usage"))
    request.include_usage = true;
  const auto* thinks = body.if_contains("chat_template_kwargs");
  const auto* wish =
      thinks && thinks->is_object() ? thinks->get_object().if_contains("enable_thinking") : nullptr;
  if (wish && wish->is_bool() && !wish->get_bool()) request.may_reason = false;
}

reply vllm_persona::page(const incoming& request, mock_state& state) {
  const auto& path = request.path;
  if (path == "/tokenize" && request.method == "POST") return tokenize(request, state);
  if (request.method == "GET") {
    if (path == "/health" || path == "/ping") return {200, "text/plain", "", {}};
    if (path == "/version") return json_reply(R"({"version":"0.11.2"})");
    if (path == "/load")
      return json_reply(R"({"server_load":)" + std::to_string(state.slots.active() + state.slots.waiting()) +
                        "}");
    if (path == "/v1/models") return models(state);
    if (path == "/metrics") return metrics(state);
  }
  const bool is_known = role_of(path) != path_role::page || path == "/v1/models" || path == "/metrics" ||
                        path == "/version" || path == "/tokenize";
  return json_reply(is_known ? R"({"detail":"Method Not Allowed"})" : R"({"detail":"Not Found"})",
                    is_known ? 405 : 404);
}

reply vllm_persona::models(const mock_state& state) const {
  std::string cards;
  for (const auto& model : state.options.models) {
    const auto id = quoted(model);
    cards +=
        (cards.empty() ? R"({"id":)" : R"(,{"id":)") + id + R"(,"object":"model","created":)" +
        std::to_string(state.created()) + R"(,"owned_by":"vllm","root":)" + id +
        R"(,"parent":null,"max_model_len":)" + std::to_string(state.options.context) +
        R"(,"permission":[{"id":"modelperm-1","object":"model_permission","created":1790000000,"allow_sampling":true}]})";
  }
  return json_reply(R"({"object":"list","data":[)" + cards + "]}");
}

reply vllm_persona::metrics(const mock_state& state) const {
  const std::string labels = R"({engine="0",model_name=)" + quoted(state.options.models.front());
  std::string text;
  const auto type = [&](std::string_view name, std::string_view kind) {
    ((((text += "# HELP vllm:") += name) += " of the fake backend\n# TYPE vllm:") += name) += " ";
    (text += kind) += '\n';
  };
  const auto add = [&](std::string_view name, const std::string& more, std::uint64_t value) {
    ((text += "vllm:") += name) += labels + more + "} " + std::to_string(value) + ".0\n";
  };
  const auto waiting = static_cast<std::uint64_t>(state.slots.waiting());
  type("num_requests_running", "gauge");
  add("num_requests_running", "", static_cast<std::uint64_t>(state.slots.active()));
  // Before the plain count on purpose: names are to be matched whole.
  type("num_requests_waiting_by_reason", "gauge");
  add("num_requests_waiting_by_reason", R"(,reason="capacity")", waiting + 100);
  add("num_requests_waiting_by_reason", R"(,reason="deferred")", 200);
  type("num_requests_waiting", "gauge");
  add("num_requests_waiting", "", waiting);
  type("kv_cache_usage_perc", "gauge");
  text += "vllm:kv_cache_usage_perc" + labels + "} 0.25\n";
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::uint64_t>{"prefix_cache_queries_total", state.prompt_tokens},
        {"prefix_cache_hits_total", 0},
        {"prompt_tokens_total", state.prompt_tokens},
        {"generation_tokens_total", state.answer_tokens},
        {"num_preemptions_total", 0}}) {
    type(name, "counter");
    add(name, "", value);
  }
  type("request_success_total", "counter");
  add("request_success_total", R"(,finished_reason="stop")", state.answers);
  return {200, "text/plain; version=0.0.4; charset=utf-8", std::move(text), {}};
}

reply vllm_persona::tokenize(const incoming& request, const mock_state& state) const {
  boost::system::error_code ec;
  const auto document = boost::json::parse(request.body, ec);
  if (ec) return refusal(malformed_json(ec.message()));
  const auto* prompt = document.is_object() ? document.get_object().if_contains("prompt") : nullptr;
  const int words = prompt && prompt->is_string() ? count_words(prompt->get_string()) : 0;
  std::string list;
  for (int i = 0; i < words; ++i) (list += i ? "," : "") += std::to_string(i + 1);
  return json_reply(R"({"count":)" + std::to_string(words) + R"(,"max_model_len":)" +
                    std::to_string(state.options.context) + R"(,"tokens":[)" + list + "]}");
}

}  // namespace edgemesh::mock
