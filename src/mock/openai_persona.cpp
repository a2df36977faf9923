#include "mock/openai_persona.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

#include "mock/embedding.hpp"
#include "mock/json_text.hpp"
#include "mock/openai_request.hpp"
#include "mock/openai_script.hpp"

namespace edgemesh::mock {
namespace {

namespace json = boost::json;

constexpr std::string_view chat_path = "/v1/chat/completions";
constexpr std::string_view completion_path = "/v1/completions";
constexpr std::string_view embedding_path = "/v1/embeddings";
constexpr std::string_view model_path = "/v1/models";

std::string_view type_of(const complaint& why) {
  if (!why.type.empty()) return why.type;
  if (why.status == 429) return "rate_limit_error";
  return why.status >= 500 ? "server_error" : "invalid_request_error";
}

std::string model_card(const std::string& model) {
  return R"({"id":)" + quoted(model) + R"(,"object":"model","created":1790000000,"owned_by":"mock"})";
}

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string out;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = high >= 0 ? digit(text[i + 2]) : -1;
    out += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
    if (low >= 0) i += 2;
  }
  return out;
}

reply openai_persona::json_reply(std::string body, int status) { return {status, "", std::move(body), {}}; }

bool openai_persona::lists(const mock_state& state, std::string_view model) {
  const auto& models = state.options.models;
  return std::find(models.begin(), models.end(), model) != models.end();
}

path_role openai_persona::role_of(std::string_view path) const {
  if (path == chat_path || path == completion_path || path == embedding_path) return path_role::work;
  return path.find("health") != std::string_view::npos ? path_role::health : path_role::page;
}

bool openai_persona::is_open(std::string_view path) const { return !path.starts_with("/v1"); }

complaint openai_persona::wrong_key() const {
  return {401, "Incorrect API key provided: ****. You can find your API key in the settings.",
          "",  "invalid_api_key",
          "",  ""};
}

bool openai_persona::accepts_key(const incoming& request, const std::string& key) const {
  return request.header("authorization") == "Bearer " + key;
}

verdict openai_persona::answer(const incoming& request, mock_state& state) {
  const auto& key = state.options.api_key;
  if (!key.empty() && !is_open(request.path) && !accepts_key(request, key))
    return {refusal(wrong_key()), "", false};
  if (request.method == "POST" && role_of(request.path) == path_role::work) return work(request, state);
  return {page(request, state), "", false};
}

reply openai_persona::page(const incoming& request, mock_state& state) {
  const auto not_found = [&] {
    return refusal({404, "Invalid URL (" + request.method + " " + request.path + ")", "", "", "", ""});
  };
  if (!request.path.starts_with(model_path)) return not_found();
  if (request.method != "GET")
    return refusal({405, "Not allowed to " + request.method + " on " + request.path, "",
                    "method_not_supported", "", ""});
  if (request.path.size() == model_path.size()) {
    std::string list = R"({"object":"list","data":[)";
    for (const auto& model : state.options.models)
      (list += list.back() == '[' ? "" : ",") += model_card(model);
    return json_reply(list + "]}");
  }
  if (request.path[model_path.size()] != '/') return not_found();
  const auto id = percent_decoded(std::string_view(request.path).substr(model_path.size() + 1));
  if (!lists(state, id))
    return refusal({404, "The model '" + id + "' does not exist", "model", "model_not_found", "", ""});
  return json_reply(model_card(id));
}

verdict openai_persona::work(const incoming& request, mock_state& state) {
  if (auto problem = content_type_problem(request)) return {refusal(*problem), "", false};
  unsigned char room[8192];
  json::monotonic_resource arena(room, sizeof room);
  boost::system::error_code ec;
  json::parse_options depth;
  depth.max_depth = 256;
  const auto document = json::parse(request.body, ec, &arena, depth);
  if (ec) return {refusal(malformed_json(ec.message())), "", false};
  const auto* body = document.if_object();
  if (!body) return {refusal(malformed_json("the body is not an object")), "", false};
  if (request.path == embedding_path) return embed_all(*body, state);
  auto read = request.path == chat_path ? read_chat(*body) : read_completion(*body, usual_completion_limit());
  if (auto* problem = std::get_if<complaint>(&read)) return {refusal(*problem), "", false};
  auto& wanted = std::get<asked>(read);
  adjust(*body, wanted);
  return complete(std::move(wanted), state);
}

verdict openai_persona::complete(asked request, mock_state& state) {
  verdict out;
  out.model = request.model;
  out.stream = request.stream;
  auto problem = model_problem(request.model, state);
  if (!problem) problem = request_problem(request);
  int longest = 0;
  for (const auto& prompt : request.prompts) longest = std::max(longest, prompt.tokens);
  if (!problem && longest > state.options.context) problem = too_long(longest, state.options.context);
  if (problem) return out.what = refusal(*problem), std::move(out);
  std::vector<answer_plan> plans;
  for (const auto& prompt : request.prompts)
    plans.push_back(plan_answer(request, prompt, state.options.tokens));
  answer_identity identity{answer_id(state, request.chat), request.tools.empty() ? "" : tool_id(state),
                           model_in_answer(request.model, state), state.created()};
  const bool stream = request.stream;
  out.what =
      job{std::make_unique<openai_script>(kind(), std::move(request), std::move(plans), std::move(identity)),
          stream};
  return out;
}

verdict openai_persona::embed_all(const json::object& body, mock_state& state) {
  auto read = read_embedding(body);
  if (auto* problem = std::get_if<complaint>(&read)) return {refusal(*problem), "", false};
  const auto& wanted = std::get<asked_embedding>(read);
  verdict out;
  out.model = wanted.model;
  auto problem = embeddings_problem(state);
  if (!problem) problem = model_problem(wanted.model, state);
  if (problem) return out.what = refusal(*problem), std::move(out);
  std::string data;
  const int dimensions = wanted.dimensions > 0 ? wanted.dimensions : state.options.dimensions;
  for (std::size_t i = 0; i < wanted.inputs.size(); ++i) {
    const auto vector = embed(wanted.inputs[i], dimensions);
    (data += i ? "," : "") += R"({"object":"embedding","index":)" + std::to_string(i) + R"(,"embedding":)";
    data += wanted.base64 ? '"' + base64_floats(vector) + "\"}" : float_list(vector) + "}";
  }
  const auto tokens = std::to_string(wanted.tokens);
  out.what = job{std::make_unique<fixed_script>(R"({"object":"list","data":[)" + data + R"(],"model":)" +
                                                    quoted(model_in_answer(wanted.model, state)) +
                                                    R"(,"usage":{"prompt_tokens":)" + tokens +
                                                    R"(,"total_tokens":)" + tokens + "}}",
                                                static_cast<std::size_t>(wanted.tokens)),
                 false};
  return out;
}

std::optional<complaint> openai_persona::model_problem(const std::string& model,
                                                       const mock_state& state) const {
  if (model.empty()) return complaint{400, "you must provide a model parameter", "model", "", "", ""};
  if (lists(state, model)) return std::nullopt;
  return complaint{404,     "The model `" + model + "` does not exist or you do not have access to it.",
                   "model", "model_not_found",
                   "",      ""};
}

std::string openai_persona::model_in_answer(const std::string& asked_model, const mock_state&) const {
  return asked_model;
}

complaint openai_persona::malformed_json(std::string_view) const {
  return {400, "We could not parse the JSON body of your request.", "", "", "", ""};
}

complaint openai_persona::too_long(int tokens, int context) const {
  return {400,
          "This model's maximum context length is " + std::to_string(context) +
              " tokens. However, your messages resulted in " + std::to_string(tokens) +
              " tokens. Please reduce the length of the messages.",
          "messages",
          "context_length_exceeded",
          "",
          ""};
}

std::optional<complaint> openai_persona::embeddings_problem(const mock_state& state) const {
  if (state.options.embeddings) return std::nullopt;
  return complaint{400, "This model does not support embeddings", "model", "", "", ""};
}

std::string openai_persona::answer_id(mock_state& state, bool chat) const {
  return state.id(chat ? "chatcmpl-" : "cmpl-", 24);
}

reply openai_persona::refusal(const complaint& why) const {
  return json_reply(R"({"error":{"message":)" + quoted(why.message) + R"(,"type":)" + quoted(type_of(why)) +
                        R"(,"param":)" + quoted_or_null(why.param) + R"(,"code":)" +
                        quoted_or_null(why.code) + why.extra + "}}",
                    why.status);
}

complaint openai_persona::fault_complaint(fault_name name) const {
  if (name == fault_name::error_429)
    return {429, "Rate limit reached for requests", "", "rate_limit_exceeded", "", ""};
  if (name == fault_name::loading) return {503, "Loading model", "", "model_loading", "", ""};
  return {500, "The server had an error while processing your request", "", "", "", ""};
}

std::string openai_persona::error_event(const complaint& why) const {
  return "data: " + refusal(why).body + "\n\n";
}
std::string openai_persona::malformed_event() const {
  return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"t\n\n";
}
std::string openai_persona::huge_event_start() const {
  return R"(data: {"choices":[{"index":0,"delta":{"content":")";
}

}  // namespace edgemesh::mock
