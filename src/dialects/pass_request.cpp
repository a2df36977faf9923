#include "dialects/pass_request.hpp"

#include <algorithm>
#include <span>

#include "dialects/pass_messages.hpp"
#include "json/splice.hpp"
#include "json/writer.hpp"

namespace edgemesh::dialects {
namespace {

using names = std::span<const std::string_view>;

/// Bounds the work of taking members out; real clients send a handful.
constexpr std::size_t removals_max = 256;

/// Optional fields of the API whose null means "absent". Some servers answer 400 to the null itself.
constexpr std::string_view nullable[] = {
    "temperature", "top_p", "presence_penalty", "frequency_penalty", "n", "stop", "seed", "logprobs", "top_logprobs",
    "logit_bias", "max_tokens", "max_completion_tokens", "response_format", "tools", "tool_choice",
    "parallel_tool_calls", "functions", "function_call", "reasoning_effort", "verbosity", "modalities", "audio",
    "prediction", "stream", "stream_options", "user", "metadata", "store", "service_tier", "suffix", "echo", "best_of",
    "dimensions", "encoding_format", "top_k", "min_p", "web_search_options"};

/// Account fields of the hosted API. A server of one's own has no use for them, and they name people. A hosted API
/// (kind openai) bills, audits and caches by them, so there they pass.
constexpr std::string_view account_fields[] = {
    "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_options",
    "prompt_cache_retention"};
/// Ollama's own words.
constexpr std::string_view ollama_words[] = {"think"};
/// Engine samplers that a hosted API refuses with 400; `allow_fields` opens them for a server that has them.
constexpr std::string_view engine_samplers[] = {"top_k", "min_p"};
/// What reaches a template's renderer through chat_template_kwargs, and is not a variable of the template.
constexpr std::string_view renderer_fields[] = {"chat_template", "tokenize", "tokenizer_kwargs"};

bool holds(names table, std::string_view name) noexcept {
  return std::find(table.begin(), table.end(), name) != table.end();
}

bool is_llama(backend_kind kind) noexcept { return kind == backend_kind::llamacpp || kind == backend_kind::cognis; }

class request_edits {
 public:
  request_edits(backend_kind kind, const openai::client_request& client, const request_options& options)
      : kind_(kind), client_(client), options_(options), root_(client.root()), splice_(client.body) {}

  openai::api_result<upstream_request> run() {
    if (client_.facts.remote_media && !options_.remote_media)
      return openai::bad_request("media must be sent inline as data: URLs; this backend may not fetch others", "messages");
    for (const json::member& m : root_.members()) take(m);
    if (gone_.size() > removals_max) return openai::bad_request("too many fields that this backend does not take");
    limit();
    const std::string model = json::quoted(options_.model->upstream);
    if (!model_.key) splice_.append(root_, "model", model);
    else if (model_.val.raw() != model) splice_.replace(model_.val, model);
    usage();
    splice_.remove(root_, gone_);
    return upstream_request{std::string(path_of(client_.kind)), splice_.empty() ? client_.body : splice_.apply()};
  }

 private:
  bool allowed(std::string_view name) const noexcept {
    const auto* list = options_.allow_fields;
    return list && std::find(list->begin(), list->end(), name) != list->end();
  }

  void take(const json::member& m) {
    if (gone_.size() > removals_max) return;
    // An escape hides a name from a comparison of bytes, and the engine would undo it.
    const std::string name = m.key.text_or("");
    if (name == "model") model_ = m;
    else if (name == "stream_options") stream_options_ = m;
    else if (name == "max_tokens") max_tokens_ = m;
    else if (name == "max_completion_tokens") max_completion_tokens_ = m;
    else if (name == "n_predict") n_predict_ = m;
    else if (is_unwanted(name, m.val)) gone_.push_back(m);
    else if (name == "messages" && client_.kind == endpoint::chat) edit_messages(kind_, options_, client_.body, m.val, splice_);
    else if (name == "chat_template_kwargs") edit_template_variables(m.val);
  }

  bool is_unwanted(std::string_view name, json::value v) const noexcept {
    if (v.is_null() && holds(nullable, name)) return true;
    if (name == "stop" && v.type() == json::kind::array && v.size() == 0) return true;
    if (name == "response_format" && kind_ != backend_kind::vllm && v["type"].equals("text")) return true;
    // Where no chat is expected, engines take the messages too, unseen by the checks made for a chat.
    if (name == "messages" && client_.kind != endpoint::chat) return true;
    return (is_steering_field(kind_, name) || is_foreign(name)) && !allowed(name);
  }

  bool is_foreign(std::string_view name) const noexcept {
    if (holds(ollama_words, name)) return true;
    return kind_ == backend_kind::openai ? holds(engine_samplers, name) : holds(account_fields, name);
  }

  void edit_template_variables(json::value variables) {
    std::vector<json::member> out;
    for (const json::member& v : variables.members())
      for (std::string_view name : renderer_fields)
        if (v.key.equals(name) && !allowed(name) && out.size() < removals_max) out.push_back(v);
    splice_.remove(variables, out);
  }

  /// One limit goes out. max_completion_tokens wins; only vLLM is asked under that name, the others under the one
  /// that every server knows. A hosted API whose models refuse max_tokens keeps the newer name by
  /// `allow_fields: [max_completion_tokens]`.
  void limit() {
    const bool newer = max_completion_tokens_.key && !max_completion_tokens_.val.is_null();
    const bool older = max_tokens_.key && !max_tokens_.val.is_null();
    const bool is_chat = client_.kind == endpoint::chat;
    const bool keeps_newer = kind_ == backend_kind::vllm || allowed("max_completion_tokens");
    if (max_completion_tokens_.key && !newer) gone_.push_back(max_completion_tokens_);
    if (max_tokens_.key && (!older || (newer && is_chat))) gone_.push_back(max_tokens_);
    if (newer && is_chat && !keeps_newer) splice_.replace(max_completion_tokens_.key, "\"max_tokens\"");
    // llama-server lets n_predict outrank both, so the limit that was checked would not be the one that holds.
    if (n_predict_.key && is_llama(kind_) && (newer || older)) gone_.push_back(n_predict_);
  }

  void usage() {
    const json::value given = stream_options_.val;
    if (!client_.stream || !options_.ask_usage || client_.kind == endpoint::embeddings) {
      if (stream_options_.key) gone_.push_back(stream_options_);
      return;
    }
    constexpr std::string_view asked = R"({"include_usage":true})";
    if (!stream_options_.key) return splice_.append(root_, "stream_options", asked);
    if (given.type() != json::kind::object) return splice_.replace(given, std::string(asked));
    bool found = false;
    for (const json::member& m : given.members()) {
      if (!m.key.equals("include_usage")) continue;
      found = true;  // every one of them: a server may take the last where we would look at the first
      if (m.val.boolean() != true) splice_.replace(m.val, "true");
    }
    if (!found) splice_.append(given, "include_usage", "true");
  }

  backend_kind kind_;
  const openai::client_request& client_;
  const request_options& options_;
  json::value root_;
  json::splice splice_;
  std::vector<json::member> gone_;
  json::member model_, stream_options_, max_tokens_, max_completion_tokens_, n_predict_;
};

}  // namespace

openai::api_result<upstream_request> pass_request(backend_kind kind, const openai::client_request& client,
                                                  const request_options& options) {
  return request_edits(kind, client, options).run();
}

}  // namespace edgemesh::dialects
