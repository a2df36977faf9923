#include "mock/ollama_persona.hpp"

#include <boost/json.hpp>

#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "mock/embedding.hpp"
#include "mock/json_text.hpp"
#include "mock/ollama_script.hpp"

namespace edgemesh::mock {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> work_paths{"/api/chat", "/api/generate", "/api/embed",
                                                     "/api/embeddings"};
constexpr double loaded_for_ms = 300'000;

bool is_embedder(std::string_view canonical) { return canonical.find("embed") != std::string_view::npos; }
bool is_remote(std::string_view canonical) {
  return canonical.ends_with(":cloud") || canonical.ends_with("-cloud");
}

std::string capabilities(std::string_view canonical) {
  return is_embedder(canonical) ? R"(["embedding"])"
                                : R"(["completion","vision","tools","thinking","insert"])";
}

std::string shown_name(const std::string& model) {
  const auto slash = model.rfind('/');
  const bool has_tag = model.find(':', slash == std::string::npos ? 0 : slash) != std::string::npos;
  return has_tag ? model : model + ":latest";
}

constexpr std::string_view details =
    R"("details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"3.2B","quantization_level":"Q4_K_M")";

reply text_page(std::string body, int status = 200) {
  return {status, "text/plain; charset=utf-8", std::move(body), {}};
}

}  // namespace

path_role ollama_persona::role_of(std::string_view path) const {
  for (const auto work : work_paths)
    if (path == work) return path_role::work;
  return path_role::page;
}

reply ollama_persona::refusal(const complaint& why) const {
  return {why.status, "", R"({"error":)" + quoted(why.message, true) + "}", {}};
}

complaint ollama_persona::fault_complaint(fault_name name) const {
  if (name == fault_name::error_429) return {429, "too many requests", "", "", "", ""};
  // Errors of the llama-server below are relayed with their JSON as text.
  if (name == fault_name::loading)
    return {503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})", "", "", "",
            ""};
  return {500, "llama runner process has terminated: exit status 2", "", "", "", ""};
}

std::string ollama_persona::error_event(const complaint& why) const { return refusal(why).body + "\n"; }
std::string ollama_persona::malformed_event() const {
  return "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"t\n";
}
std::string ollama_persona::huge_event_start() const {
  return R"({"model":"m","message":{"role":"assistant","content":")";
}

bool is_local_host(std::string_view header) {
  const auto text = ascii::lower(header);
  std::string_view host = text;
  if (host.starts_with('['))
    host = host.substr(1, host.find(']') - 1);
  else
    host = host.substr(0, host.find(':'));
  if (host.empty() || host == "localhost") return true;
  if (const auto ip = parse_ip(host)) return ip->is_loopback() || ip->is_private();
  return host.ends_with(".localhost") || host.ends_with(".local") || host.ends_with(".internal");
}

verdict ollama_persona::answer(const incoming& request, mock_state& state) {
  const auto bound = parse_ip(state.options.listen.host);
  const bool guarded = state.options.listen.host == "localhost" || (bound && bound->is_loopback());
  if (guarded && !is_local_host(request.header("host"))) return {reply{403, "", "", {}}, "", false};
  const auto& key = state.options.api_key;
  if (!key.empty() && request.header("authorization") != "Bearer " + key)
    return {refusal({401, "unauthorized", "", "", "", ""}), "", false};
  if (request.method == "POST") return post(request, state);
  if (request.method == "GET") return {page(request.path, state), "", false};
  return {text_page("405 method not allowed", 405), "", false};
}

reply ollama_persona::page(const std::string& path, mock_state& state) const {
  std::erase_if(state.loaded, [&](const auto& entry) { return entry.second < state.wall_ms; });
  if (path == "/") return text_page("Ollama is running");
  if (path == "/api/version") return {200, "", R"({"version":"0.32.15"})", {}};
  if (path == "/api/tags") return tags(state, false);
  if (path == "/api/ps") return tags(state, true);
  if (role_of(path) == path_role::work || path == "/api/show")
    return text_page("405 method not allowed", 405);
  return text_page("404 page not found", 404);
}

reply ollama_persona::tags(const mock_state& state, bool loaded_only) const {
  std::string list;
  for (const auto& model : state.options.models) {
    const auto canonical = canonical_model(model);
    const auto loaded = state.loaded.find(canonical);
    if (loaded_only && loaded == state.loaded.end()) continue;
    const auto name = quoted(shown_name(model), true);
    list += (list.empty() ? R"({"name":)" : R"(,{"name":)") + name + R"(,"model":)" + name;
    if (is_remote(canonical))
      list += R"(,"remote_model":)" + name + R"(,"remote_host":"https://ollama.com:443")";
    list +=
        R"(,"size":2000000000,"digest":"a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72",)";
    list += details;
    if (loaded_only)
      list += R"(},"expires_at":")" + rfc3339(loaded->second) +
              R"(","size_vram":2000000000,"context_length":)" + std::to_string(state.options.context) + "}";
    else
      list += R"(,"context_length":)" + std::to_string(state.options.context) +
              R"(},"modified_at":"2026-11-01T10:00:00Z","capabilities":)" + capabilities(canonical) + "}";
  }
  return {200, "", R"({"models":[)" + list + "]}", {}};
}

reply ollama_persona::show(const json::object& body, const mock_state& state) const {
  const auto* name = body.if_contains("model");
  if (!name) name = body.if_contains("name");
  const std::string model(name && name->is_string() ? std::string_view(name->get_string())
                                                    : std::string_view());
  if (const auto problem = model_problem(model, state)) return refusal(*problem);
  return {
      200,
      "",
      R"({"license":"mock","modelfile":"# mock","parameters":"stop \"<|end|>\"","template":"{{ .Prompt }}",)" +
          std::string(details) +
          R"(},"model_info":{"general.architecture":"llama","general.parameter_count":3200000000,"llama.context_length":)" +
          std::to_string(state.options.context) + R"(,"llama.embedding_length":)" +
          std::to_string(state.options.dimensions) + R"(},"capabilities":)" +
          capabilities(canonical_model(model)) + R"(,"modified_at":"2026-11-01T10:00:00Z"})",
      {}};
}

verdict ollama_persona::post(const incoming& request, mock_state& state) {
  const bool is_show = request.path == "/api/show";
  if (!is_show && role_of(request.path) != path_role::work) {
    const bool is_page = page(request.path, state).status != 404;
    return {is_page ? text_page("405 method not allowed", 405) : text_page("404 page not found", 404), "",
            false};
  }
  if (request.body.empty()) return {refusal({400, "missing request body", "", "", "", ""}), "", false};
  boost::system::error_code ec;
  json::parse_options depth;
  depth.max_depth = 256;
  const auto document = json::parse(request.body, ec, {}, depth);
  if (ec) return {refusal({400, "invalid character in JSON: " + ec.message(), "", "", "", ""}), "", false};
  const auto* body = document.if_object();
  if (!body)
    return {
        refusal({400, "json: cannot unmarshal value into Go value of type api.ChatRequest", "", "", "", ""}),
        "", false};
  if (is_show) return {show(*body, state), "", false};
  if (request.path.starts_with("/api/embed"))
    return embed_all(*body, state, request.path.size() > work_paths[2].size());
  return generate(*body, state, request.path == work_paths[0]);
}

std::optional<complaint> ollama_persona::model_problem(const std::string& name, const mock_state& state) {
  if (name.empty()) return complaint{400, "model is required", "", "", "", ""};
  const auto canonical = canonical_model(name);
  if (canonical.empty()) return complaint{400, "invalid model name", "", "", "", ""};
  for (const auto& model : state.options.models)
    if (canonical_model(model) == canonical) return std::nullopt;
  return complaint{404, "model '" + name + "' not found", "", "", "", ""};
}

std::optional<complaint> ollama_persona::ability_problem(const ollama_asked& wanted,
                                                         const mock_state& state) {
  const auto& request = wanted.request;
  if (is_embedder(canonical_model(request.model)))
    return complaint{
        400, quoted(request.model) + (request.chat ? " does not support chat" : " does not support generate"),
        "",  "",
        "",  ""};
  const int tokens = request.prompts.front().tokens;
  if (tokens <= state.options.context || wanted.truncates) return std::nullopt;
  const auto n = std::to_string(tokens), room = std::to_string(state.options.context);
  return complaint{
      400,
      R"({"error":{"code":400,"message":"request ()" + n + " tokens) exceeds the available context size (" +
          room + R"( tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":)" + n +
          R"(,"n_ctx":)" + room + "}}",
      "",
      "",
      "",
      ""};
}

verdict ollama_persona::generate(const json::object& body, mock_state& state, bool chat) {
  auto read = read_ollama(body, chat);
  if (auto* problem = std::get_if<complaint>(&read)) return {refusal(*problem), "", false};
  auto& wanted = std::get<ollama_asked>(read);
  auto& request = wanted.request;
  verdict out;
  out.model = request.model;
  out.stream = request.stream;
  auto problem = model_problem(request.model, state);
  if (!problem) problem = ability_problem(wanted, state);
  if (problem) return out.what = refusal(*problem), std::move(out);
  const auto canonical = canonical_model(request.model);
  wanted.unloads ? void(state.loaded.erase(canonical))
                 : void(state.loaded[canonical] = state.wall_ms + loaded_for_ms);
  const auto now = rfc3339(state.wall_ms);
  if (wanted.is_load) {
    const std::string type(request.stream ? stream_type() : json_type());
    return out.what = reply{200,
                            type,
                            ollama_load_answer(request, now, wanted.unloads) + (request.stream ? "\n" : ""),
                            {}},
           std::move(out);
  }
  auto& prompt = request.prompts.front();
  if (prompt.tokens > state.options.context) prompt.tokens = state.options.context;
  auto plan = plan_answer(request, prompt, state.options.tokens);
  const bool stream = request.stream;
  out.what =
      job{std::make_unique<ollama_script>(std::move(request), std::move(plan), now, state.id("call_", 8)),
          stream};
  return out;
}

verdict ollama_persona::embed_all(const json::object& body, mock_state& state, bool legacy) {
  auto read = read_ollama_embedding(body, legacy);
  if (auto* problem = std::get_if<complaint>(&read)) return {refusal(*problem), "", false};
  const auto& wanted = std::get<ollama_embedding>(read);
  const auto& request = wanted.request;
  verdict out;
  out.model = request.model;
  auto problem = model_problem(request.model, state);
  if (!problem && !state.options.embeddings)
    problem = complaint{400, quoted(request.model) + " does not support embeddings", "", "", "", ""};
  if (!problem && request.tokens > state.options.context && !wanted.truncates)
    problem = complaint{400, "the input length exceeds the context length", "", "", "", ""};
  if (problem) return out.what = refusal(*problem), std::move(out);
  state.loaded[canonical_model(request.model)] = state.wall_ms + loaded_for_ms;
  const int dimensions = request.dimensions > 0 ? request.dimensions : state.options.dimensions;
  std::string vectors;
  for (const auto& text : request.inputs)
    (vectors += vectors.empty() ? "" : ",") += float_list(embed(text, dimensions));
  const auto tokens = std::to_string(request.tokens);
  auto answer = legacy ? R"({"embedding":)" + (vectors.empty() ? "[]" : vectors) + "}"
                       : R"({"model":)" + quoted(request.model, true) + R"(,"embeddings":[)" + vectors +
                             R"(],"total_duration":9000000,"load_duration":3000000,"prompt_eval_count":)" +
                             tokens + "}";
  out.what =
      job{std::make_unique<fixed_script>(std::move(answer), static_cast<std::size_t>(request.tokens)), false};
  return out;
}

}  // namespace edgemesh::mock
