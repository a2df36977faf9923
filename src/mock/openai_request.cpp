#include "mock/openai_request.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include "mock/field_reader.hpp"

namespace edgemesh::mock {
namespace {

namespace json = boost::json;

complaint bad(std::string message, std::string param) {
  return {400, std::move(message), std::move(param), "", "", ""};
}

/// The text of a message's content: a string, or its text parts one after the other. Other parts count no
/// words.
std::string content_text(const json::object& message, field_reader& fields, std::string& problem) {
  const auto* content = fields.any("content");
  if (!content) return {};
  if (content->is_string()) return std::string(content->get_string());
  if (!content->is_array()) return problem = "content must be a string or a list of parts", std::string();
  std::string text;
  for (const auto& part : message.at("content").get_array()) {
    const auto* object = part.if_object();
    const auto* type = object ? object->if_contains("type") : nullptr;
    if (!type || !type->is_string()) return problem = "a content part needs a type", std::string();
    const auto* piece = object->if_contains("text");
    if (type->get_string() != "text") continue;
    if (!piece || !piece->is_string()) return problem = "a text part needs a text", std::string();
    text += std::string_view(piece->get_string());
  }
  return text;
}

std::variant<asked_prompt, complaint> read_messages(const json::array& messages) {
  asked_prompt prompt;
  int words = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string where = "messages[" + std::to_string(i) + "]";
    const auto* message = messages[i].if_object();
    if (!message) return bad("a message must be an object", where);
    field_reader fields(*message);
    const auto role = fields.text("role");
    if (!role) return bad("a message needs a role", where + ".role");
    std::string problem;
    const auto text = content_text(*message, fields, problem);
    if (!problem.empty()) return bad(problem, where + ".content");
    words += count_words(text);
    prompt.follows_a_tool = *role == "tool" || *role == "function";
    if (*role == "user") prompt.last_text = text;
  }
  prompt.tokens = std::max(words, 1);
  return prompt;
}

void read_stops(field_reader& fields, asked& out) {
  const auto* stop = fields.any("stop");
  if (!stop) return;
  if (stop->is_string()) return out.stops.emplace_back(stop->get_string()), void();
  if (!stop->is_array()) return fields.complain("stop", "a string or a list of strings");
  for (const auto& s : stop->get_array()) {
    if (!s.is_string()) return fields.complain("stop", "a string or a list of strings");
    out.stops.emplace_back(s.get_string());
  }
}

void read_stream(field_reader& fields, asked& out) {
  out.stream = fields.flag("stream").value_or(false);
  const auto* options = fields.object("stream_options");
  if (!options) return;
  field_reader inner(*options);
  out.include_usage = inner.flag("include_usage").value_or(false);
  out.continuous_usage = inner.flag("continuous_usage_stats").value_or(false);
  if (inner.first_complaint()) fields.complain("stream_options", "an object of booleans");
}

void read_tools(field_reader& fields, asked& out) {
  if (const auto* tools = fields.list("tools"))
    for (const auto& tool : *tools) {
      const auto* object = tool.if_object();
      const auto* function = object ? object->if_contains("function") : nullptr;
      const auto* name =
          function && function->is_object() ? function->get_object().if_contains("name") : nullptr;
      if (!name || !name->is_string()) return fields.complain("tools", "a list of functions with a name");
      out.tools.emplace_back(name->get_string());
    }
  const auto* choice = fields.any("tool_choice");
  if (!choice) return;
  if (choice->is_string()) {
    const std::string_view word = choice->get_string();
    if (word == "none")
      out.wish = tool_wish::none;
    else if (word == "required")
      out.wish = tool_wish::required;
    else if (word != "auto")
      fields.complain("tool_choice", "none, auto, required or a function");
    return;
  }
  const auto* object = choice->if_object();
  const auto* function = object ? object->if_contains("function") : nullptr;
  const auto* name = function && function->is_object() ? function->get_object().if_contains("name") : nullptr;
  if (!name || !name->is_string())
    return fields.complain("tool_choice", "none, auto, required or a function");
  out.wish = tool_wish::named;
  out.wished_tool = std::string(name->get_string());
}

void read_format(field_reader& fields, asked& out) {
  const auto* format = fields.object("response_format");
  if (!format) return;
  field_reader inner(*format);
  const auto type = inner.text("type").value_or("");
  if (type == "text") return;
  if (type != "json_object" && type != "json_schema")
    return fields.complain("response_format.type", "text, json_object or json_schema");
  out.wants_json = true;
  if (type == "json_object") {  // llama-server takes a schema here
    if (const auto* schema = inner.object("schema")) out.schema = *schema;
    return;
  }
  const auto* wrapped = inner.object("json_schema");
  const auto* name = wrapped ? wrapped->if_contains("name") : nullptr;
  if (!name || !name->is_string())
    return fields.complain("response_format.json_schema", "an object with a name");
  if (const auto* schema = wrapped->if_contains("schema"); schema && schema->is_object())
    out.schema = *schema;
}

/// What chat and text completions share.
void read_shared(field_reader& fields, asked& out) {
  out.model = fields.text("model").value_or("");
  out.n = fields.whole("n").value_or(1);
  if (out.n < 1 || out.n > 128) fields.complain("n", "from 1 to 128"), out.n = 1;
  for (const auto* name : {"temperature", "top_p", "presence_penalty", "frequency_penalty"})
    fields.number(name);
  fields.whole("seed");
  read_stops(fields, out);
  read_stream(fields, out);
}

void limit(field_reader& fields, asked& out, std::string_view name) {
  if (out.token_limit) return;
  out.token_limit = fields.whole(name);
  if (out.token_limit && *out.token_limit < 1) fields.complain(name, "at least 1");
}

bool is_token_list(const json::array& list) {
  return !list.empty() &&
         std::all_of(list.begin(), list.end(), [](const json::value& v) { return v.is_int64(); });
}

/// The texts of `prompt` or `input`: a string, strings, tokens, or lists of tokens. Empty when it is none of
/// these.
std::vector<std::string> texts_of(const json::value& value, int& tokens) {
  std::vector<std::string> texts;
  const auto add = [&](const json::value& v) {
    const auto* list = v.if_array();
    if (v.is_string()) {
      texts.emplace_back(v.get_string());
      tokens += std::max(count_words(texts.back()), 1);
    } else if (list && is_token_list(*list)) {
      texts.push_back(json::serialize(v));
      tokens += static_cast<int>(list->size());
    } else {
      return false;
    }
    return true;
  };
  if (add(value)) return texts;
  const auto* list = value.if_array();
  if (!list) return {};
  for (const auto& v : *list)
    if (!add(v)) return {};
  return texts;
}

}  // namespace

std::variant<asked, complaint> read_chat(const json::object& body) {
  field_reader fields(body);
  asked out;
  read_shared(fields, out);
  limit(fields, out, "max_completion_tokens");
  limit(fields, out, "max_tokens");
  read_tools(fields, out);
  read_format(fields, out);
  out.logprobs = fields.flag("logprobs").value_or(false);
  out.top_logprobs = fields.whole("top_logprobs").value_or(0);
  if (out.top_logprobs < 0 || out.top_logprobs > 20) fields.complain("top_logprobs", "from 0 to 20");
  if (out.top_logprobs > 0 && !out.logprobs) fields.complain("top_logprobs", "given together with logprobs");
  out.may_reason = fields.text("reasoning_effort").value_or("") != "none";
  const auto* messages = fields.list("messages");
  if (fields.first_complaint()) return *fields.first_complaint();
  if (!messages || messages->empty()) return bad("'messages' is required", "messages");
  auto prompt = read_messages(*messages);
  if (auto* problem = std::get_if<complaint>(&prompt)) return std::move(*problem);
  out.prompts.push_back(std::move(std::get<asked_prompt>(prompt)));
  return out;
}

std::variant<asked, complaint> read_completion(const json::object& body, int usual_limit) {
  field_reader fields(body);
  asked out;
  out.chat = false;
  out.may_reason = false;
  read_shared(fields, out);
  limit(fields, out, "max_tokens");
  if (!out.token_limit && usual_limit > 0) out.token_limit = usual_limit;
  if (const auto top = fields.whole("logprobs")) {
    out.logprobs = true;
    out.top_logprobs = *top;
    if (*top < 0 || *top > 20) fields.complain("logprobs", "from 0 to 5");
  }
  if (fields.first_complaint()) return *fields.first_complaint();
  const auto* prompt = fields.any("prompt");
  int tokens = 0;
  auto texts = prompt ? texts_of(*prompt, tokens) : std::vector<std::string>();
  if (texts.empty()) return bad("'prompt' must be a string, a list of strings, or tokens", "prompt");
  for (auto& text : texts) {
    const int words = std::max(count_words(text), 1);
    out.prompts.push_back({std::move(text), texts.size() == 1 ? tokens : words, false});
  }
  return out;
}

std::variant<asked_embedding, complaint> read_embedding(const json::object& body) {
  field_reader fields(body);
  asked_embedding out;
  out.model = fields.text("model").value_or("");
  out.dimensions = fields.whole("dimensions").value_or(0);
  const auto format = fields.text("encoding_format").value_or("float");
  if (format != "float" && format != "base64") fields.complain("encoding_format", "float or base64");
  out.base64 = format == "base64";
  if (fields.any("dimensions") && (out.dimensions < 1 || out.dimensions > 65536))
    fields.complain("dimensions", "at least 1");
  if (fields.first_complaint()) return *fields.first_complaint();
  const auto* input = fields.any("input");
  int tokens = 0;
  if (input) out.inputs = texts_of(*input, tokens);
  if (out.inputs.empty())
    return bad("'input' must be a string, a list of strings, or tokens, and not empty", "input");
  out.tokens = std::max(tokens, 1);
  return out;
}

}  // namespace edgemesh::mock
