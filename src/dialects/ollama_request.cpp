#include "dialects/ollama_request.hpp"

#include <algorithm>

#include "dialects/conversion_fault.hpp"
#include "dialects/ollama_messages.hpp"
#include "dialects/ollama_options.hpp"
#include "dialects/ollama_tools.hpp"
#include "json/writer.hpp"

namespace edgemesh::dialects {
namespace {

// Ollama would shorten or shift an overlong prompt in silence; an error lets the request move to a larger context.
void append_no_truncation(json::writer& out) { out.member("truncate", false).member("shift", false); }

conversion_fault refuse_several_answers(const request_members& root) {
  for (const char* name : {"n", "best_of"}) {
    const auto count = root[name].integer();
    if (count && *count > 1) return unsupported_parameter(std::string(name) + " over 1 is not possible on this backend", name);
  }
  return {};
}

conversion_fault append_format(json::writer& out, json::value format) {
  if (format.absent_or_null()) return {};
  const auto type = format["type"];
  if (type.equals("text")) return {};
  if (type.equals("json_object")) {
    out.member("format", "json");
    return {};
  }
  if (!type.equals("json_schema"))
    return client_mistake("response_format.type must be text, json_object or json_schema", "response_format.type");
  const auto schema = format["json_schema"]["schema"];
  if (schema.absent_or_null()) {
    out.member("format", "json");
    return {};
  }
  if (schema.type() != json::kind::object)
    return client_mistake("the schema must be an object", "response_format.json_schema.schema");
  out.key("format").raw(schema.raw());
  return {};
}

// Ollama refuses `think` on a model that cannot, so it goes only where the model is known to reason.
conversion_fault append_think(json::writer& out, const request_members& root, const model_offer& model) {
  if (!model.capabilities.has(capability::reasoning)) return {};
  const auto effort = root["reasoning_effort"], think = root["think"];
  if (effort.absent_or_null()) {
    if (think.absent_or_null()) return {};
    const bool known = think.boolean() || think.equals("low") || think.equals("medium") || think.equals("high") || think.equals("max");
    if (!known) return client_mistake("think must be true, false, \"low\", \"medium\", \"high\" or \"max\"", "think");
    out.key("think").raw(think.raw());
    return {};
  }
  struct step { std::string_view effort, level; };
  constexpr step steps[] = {{"minimal", "low"}, {"low", "low"}, {"medium", "medium"}, {"high", "high"}, {"xhigh", "max"}, {"max", "max"}};
  if (effort.equals("none")) {
    out.member("think", false);
    return {};
  }
  for (const auto& s : steps)
    if (effort.equals(s.effort)) {
      out.member("think", s.level);
      return {};
    }
  return client_mistake("reasoning_effort has an unknown value", "reasoning_effort");
}

conversion_fault append_top_logprobs(json::writer& out, json::value count, std::int64_t most, const char* param) {
  const auto number = count.integer();
  if (!number || *number < 0 || *number > most)
    return client_mistake(std::string(param) + " must be an integer from 0 to " + std::to_string(most), param);
  out.member("top_logprobs", *number);
  return {};
}

conversion_fault append_chat_logprobs(json::writer& out, const request_members& root) {
  const auto wanted = root["logprobs"], top = root["top_logprobs"];
  if (!wanted.absent_or_null() && !wanted.boolean()) return client_mistake("logprobs must be true or false", "logprobs");
  if (!wanted.boolean().value_or(false)) {
    if (top.absent_or_null() || top.integer() == 0) return {};
    return client_mistake("top_logprobs needs logprobs: true", "top_logprobs");
  }
  out.member("logprobs", true);
  return top.absent_or_null() ? conversion_fault() : append_top_logprobs(out, top, 20, "top_logprobs");
}

conversion_fault append_completion_logprobs(json::writer& out, const request_members& root) {
  if (root["logprobs"].absent_or_null()) return {};
  out.member("logprobs", true);
  return append_top_logprobs(out, root["logprobs"], 5, "logprobs");
}

// Engine fields that Ollama takes at top level, where the backend's configuration opens them.
void append_opened(json::writer& out, const request_members& root, const request_options& options,
                   std::initializer_list<const char*> fields) {
  for (const char* field : fields)
    if (is_allowed(options, field) && !root[field].absent_or_null()) out.key(field).raw(root[field].raw());
}

conversion_fault append_options(json::writer& out, const request_members& root, const request_options& options) {
  const auto text = ollama_options(root, options);
  if (text.has_error()) return text.error();
  if (*text != "{}") out.key("options").raw(*text);
  return {};
}

conversion_fault write_chat(json::writer& out, const openai::client_request& client, const request_options& options) {
  const request_members root(client.root());
  if (auto fault = refuse_several_answers(root)) return fault;
  out.begin_object().member("model", options.model->upstream).key("messages");
  if (auto fault = ollama_message_writer(out, *options.model).messages(root["messages"])) return fault;
  if (auto fault = append_ollama_tools(out, root)) return fault;
  if (auto fault = append_format(out, root["response_format"])) return fault;
  if (auto fault = append_think(out, root, *options.model)) return fault;
  if (auto fault = append_chat_logprobs(out, root)) return fault;
  if (auto fault = append_options(out, root, options)) return fault;
  append_opened(out, root, options, {"keep_alive"});
  append_no_truncation(out);
  out.member("stream", client.stream).end_object();
  return {};
}

// The prompt as one string value: Ollama takes neither token ids nor several prompts.
openai::api_result<json::value> single_prompt(json::value prompt) {
  if (prompt.type() == json::kind::string) return prompt;
  if (prompt.type() != json::kind::array) return client_mistake("prompt must be a string", "prompt");
  if (prompt.size() == 1 && (*prompt.elements().begin()).type() == json::kind::string) return *prompt.elements().begin();
  if (prompt.size() == 0) return client_mistake("prompt must not be empty", "prompt");
  return unsupported_parameter("this backend takes one prompt, as text", "prompt");
}

conversion_fault write_generate(json::writer& out, const openai::client_request& client, const request_options& options) {
  const request_members root(client.root());
  if (auto fault = refuse_several_answers(root)) return fault;
  if (root["echo"].boolean().value_or(false)) return unsupported_parameter("echo is not possible on this backend", "echo");
  const auto prompt = single_prompt(root["prompt"]);
  if (prompt.has_error()) return prompt.error();
  out.begin_object().member("model", options.model->upstream).key("prompt").raw(prompt->raw());
  const auto suffix = root["suffix"];
  if (!suffix.absent_or_null()) {
    if (suffix.type() != json::kind::string) return client_mistake("suffix must be a string", "suffix");
    out.key("suffix").raw(suffix.raw());
  }
  out.member("raw", is_allowed(options, "raw") && root["raw"].boolean().value_or(false));
  if (auto fault = append_format(out, root["response_format"])) return fault;
  if (auto fault = append_think(out, root, *options.model)) return fault;
  if (auto fault = append_completion_logprobs(out, root)) return fault;
  if (auto fault = append_options(out, root, options)) return fault;
  append_opened(out, root, options, {"keep_alive", "template", "system", "context"});
  append_no_truncation(out);
  out.member("stream", client.stream).end_object();
  return {};
}

conversion_fault check_embedding_input(json::value input) {
  if (input.type() == json::kind::string) return {};
  if (input.type() != json::kind::array) return client_mistake("input must be a string or an array of strings", "input");
  std::size_t count = 0;
  for (auto text : input.elements()) {
    if (text.type() != json::kind::string) return unsupported_parameter("this backend embeds text, not token ids", "input");
    ++count;
  }
  if (count == 0) return client_mistake("input must not be empty", "input");
  return {};
}

conversion_fault write_embed(json::writer& out, const openai::client_request& client, const request_options& options) {
  const request_members root(client.root());
  if (auto fault = check_embedding_input(root["input"])) return fault;
  out.begin_object().member("model", options.model->upstream).key("input").raw(root["input"].raw());
  if (const auto dimensions = root["dimensions"]; !dimensions.absent_or_null()) {
    if (dimensions.integer().value_or(0) < 1) return client_mistake("dimensions must be an integer of at least 1", "dimensions");
    out.member("dimensions", *dimensions.integer());
  }
  append_opened(out, root, options, {"keep_alive"});
  out.member("truncate", false).end_object();
  return {};
}

}  // namespace

bool is_allowed(const request_options& options, std::string_view field) noexcept {
  if (!options.allow_fields) return false;
  return std::find(options.allow_fields->begin(), options.allow_fields->end(), field) != options.allow_fields->end();
}

openai::api_result<upstream_request> ollama_request(const openai::client_request& client, const request_options& options) {
  upstream_request made;
  made.body.reserve(client.body.size() + 256);
  json::writer out(made.body);
  conversion_fault fault;
  switch (client.kind) {
    case endpoint::chat:
      made.target = "/api/chat";
      fault = write_chat(out, client, options);
      break;
    case endpoint::completions:
      made.target = "/api/generate";
      fault = write_generate(out, client, options);
      break;
    case endpoint::embeddings:
      made.target = "/api/embed";
      fault = write_embed(out, client, options);
      break;
  }
  if (fault) return *std::move(fault);
  return made;
}

}  // namespace edgemesh::dialects
