#include "mock/llamacpp_persona.hpp"

#include <boost/json.hpp>

#include "mock/field_reader.hpp"
#include "mock/json_text.hpp"

namespace edgemesh::mock {
namespace {

std::string_view type_of(const complaint& why) {
  if (!why.type.empty()) return why.type;
  switch (why.status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 429:
      return "rate_limit_error";
    case 501:
      return "not_supported_error";
    case 503:
      return "unavailable_error";
    default:
      return why.status >= 500 ? "server_error" : "invalid_request_error";
  }
}

bool is_models_path(std::string_view path) { return path == "/v1/models" || path == "/models"; }
bool is_health_path(std::string_view path) { return path == "/health" || path == "/v1/health"; }

}  // namespace

path_role llamacpp_persona::role_of(std::string_view path) const {
  return is_health_path(path) ? path_role::health : openai_persona::role_of(path);
}

reply llamacpp_persona::refusal(const complaint& why) const {
  return json_reply(R"({"error":{"code":)" + std::to_string(why.status) + R"(,"message":)" +
                        quoted(why.message) + R"(,"type":)" + quoted(type_of(why)) + why.extra + "}}",
                    why.status);
}

complaint llamacpp_persona::fault_complaint(fault_name name) const {
  if (name == fault_name::error_429) return {429, "Too many requests", "", "", "", ""};
  if (name == fault_name::loading) return {503, "Loading model", "", "", "", ""};
  return {500, "Compute error.", "", "", "", ""};
}

bool llamacpp_persona::is_open(std::string_view path) const {
  return is_health_path(path) || is_models_path(path) || path == "/";
}

complaint llamacpp_persona::wrong_key() const { return {401, "Invalid API Key", "", "", "", ""}; }

bool llamacpp_persona::accepts_key(const incoming& request, const std::string& key) const {
  return openai_persona::accepts_key(request, key) || request.header("x-api-key") == key;
}

bool llamacpp_persona::is_router(const mock_state& state) const {
  return kind_ == backend_kind::llamacpp && state.options.models.size() > 1;
}

std::optional<complaint> llamacpp_persona::model_problem(const std::string& model,
                                                         const mock_state& state) const {
  if (!is_router(state)) return std::nullopt;
  if (model.empty()) return complaint{400, "model name is missing from the request", "", "", "", ""};
  if (lists(state, model)) return std::nullopt;
  return complaint{400, "model '" + model + "' not found", "", "", "", ""};
}

std::string llamacpp_persona::model_in_answer(const std::string& asked_model, const mock_state& state) const {
  return is_router(state) ? asked_model : state.options.models.front();
}

complaint llamacpp_persona::malformed_json(std::string_view parser_says) const {
  return {500, "[json.exception.parse_error.101] parse error: " + std::string(parser_says), "", "", "", ""};
}

complaint llamacpp_persona::too_long(int tokens, int context) const {
  const auto n = std::to_string(tokens), room = std::to_string(context);
  return {400,
          "request (" + n + " tokens) exceeds the available context size (" + room +
              " tokens), try increasing it",
          "",
          "",
          "exceed_context_size_error",
          R"(,"n_prompt_tokens":)" + n + R"(,"n_ctx":)" + room};
}

std::optional<complaint> llamacpp_persona::request_problem(const asked& request) const {
  if (request.chat && request.stream && request.logprobs && !request.tools.empty())
    return complaint{400, "logprobs is not supported with tools + stream", "", "", "", ""};
  return std::nullopt;
}

std::optional<complaint> llamacpp_persona::embeddings_problem(const mock_state& state) const {
  if (state.options.embeddings) return std::nullopt;
  return complaint{501, "This server does not support embeddings. Start it with `--embeddings`", "", "", "",
                   ""};
}

reply llamacpp_persona::page(const incoming& request, mock_state& state) {
  const auto& path = request.path;
  if (path == "/tokenize" && request.method == "POST") return tokenize(request);
  if (request.method == "GET") {
    if (is_health_path(path)) return json_reply(R"({"status":"ok"})");
    if (is_models_path(path)) return models(state);
    if (path == "/props") return props(state);
    if (path == "/slots") return slots(request, state);
    if (path == "/metrics") return metrics(state);
    if (path == "/") return {200, "text/html; charset=utf-8", "<!doctype html><title>llama.cpp</title>", {}};
  }
  return refusal({404, "File Not Found", "", "", "", ""});
}

reply llamacpp_persona::models(const mock_state& state) const {
  std::string cards, names;
  const auto context = std::to_string(state.options.context);
  for (const auto& model : state.options.models) {
    const auto id = quoted(model);
    const std::string comma = cards.empty() ? "" : ",";
    cards +=
        comma + R"({"id":)" + id + R"(,"object":"model","created":)" + std::to_string(state.created()) +
        R"(,"owned_by":"llamacpp","aliases":[],"tags":[],"meta":{"vocab_type":1,"n_vocab":354,"n_ctx":)" +
        context + R"(,"n_ctx_train":)" + context + R"(,"n_embd":)" +
        std::to_string(state.options.dimensions) + R"(,"n_params":1000,"size":4000})";
    cards += is_router(state) ? R"(,"status":{"value":"loaded"}})" : "}";
    names += comma + R"({"name":)" + id + R"(,"model":)" + id +
             R"(,"type":"model","capabilities":["completion"]})";
  }
  return json_reply(R"({"models":[)" + names + R"(],"object":"list","data":[)" + cards + "]}");
}

reply llamacpp_persona::props(const mock_state& state) const {
  const auto model = quoted(state.options.models.front());
  return json_reply(
      R"({"default_generation_settings":{"params":{"n_predict":-1,"temperature":0.8,"top_k":40,"top_p":0.95},"n_ctx":)" +
      std::to_string(state.options.context) + R"(},"total_slots":)" + std::to_string(state.options.slots) +
      (is_router(state) ? R"(,"role":"router")" : "") + R"(,"model_alias":)" + model + R"(,"model_path":)" +
      model +
      R"(,"modalities":{"vision":true,"audio":false},"chat_template":"{{ messages }}","chat_template_caps":{"supports_tools":true},)"
      R"("bos_token":"<s>","eos_token":"</s>","build_info":"b11669-mock","is_sleeping":false})");
}

reply llamacpp_persona::slots(const incoming& request, const mock_state& state) const {
  if (request.query.find("fail_on_no_slot=1") != std::string::npos &&
      state.slots.active() >= state.slots.limit())
    return refusal({503, "no slot available", "", "", "", ""});
  std::string list;
  for (int i = 0; i < state.slots.limit(); ++i)
    list += (i ? R"(,{"id":)" : R"({"id":)") + std::to_string(i) + R"(,"id_task":-1,"n_ctx":)" +
            std::to_string(state.options.context) + R"(,"speculative":false,"is_processing":)" +
            (i < state.slots.active() ? "true" : "false") + "}";
  return json_reply("[" + list + "]");
}

reply llamacpp_persona::metrics(const mock_state& state) const {
  if (kind_ == backend_kind::cognis)
    return refusal(
        {501, "This server does not support metrics endpoint. Start it with `--metrics`", "", "", "", ""});
  std::string text;
  const auto add = [&](std::string_view name, std::string_view type, std::uint64_t value) {
    const auto full = "llamacpp:" + std::string(name);
    text += "# HELP " + full + " of the fake backend\n# TYPE " + full + " " + std::string(type) + "\n" +
            full + " " + std::to_string(value) + "\n";
  };
  add("prompt_tokens_total", "counter", state.prompt_tokens);
  add("prompt_seconds_total", "counter", 0);
  add("tokens_predicted_total", "counter", state.answer_tokens);
  add("tokens_predicted_seconds_total", "counter", 0);
  add("n_decode_total", "counter", state.answer_tokens);
  add("prompt_tokens_seconds", "gauge", 2000);
  add("predicted_tokens_seconds", "gauge", 2000);
  add("requests_processing", "gauge", static_cast<std::uint64_t>(state.slots.active()));
  add("requests_deferred", "gauge", static_cast<std::uint64_t>(state.slots.waiting()));
  return {200, "text/plain; version=0.0.4", std::move(text), {{"Process-Start-Time-Unix", "1790000000"}}};
}

reply llamacpp_persona::tokenize(const incoming& request) const {
  boost::system::error_code ec;
  const auto document = boost::json::parse(request.body, ec);
  if (ec) return refusal(malformed_json(ec.message()));
  const auto* content = document.is_object() ? document.get_object().if_contains("content") : nullptr;
  const int words = content && content->is_string() ? count_words(content->get_string()) : 0;
  std::string list;
  for (int i = 0; i < words; ++i) (list += i ? "," : "") += std::to_string(i + 1);
  return json_reply(R"({"tokens":[)" + list + "]}");
}

}  // namespace edgemesh::mock
