#include "mock/ollama_request.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "mock/field_reader.hpp"

namespace edgemesh::mock {
namespace {

namespace json = boost::json;

complaint bad(std::string message, int status = 400) { return {status, std::move(message), "", "", "", ""}; }

complaint wrong_type(std::string_view got, std::string_view field, std::string_view expected) {
  return bad("json: cannot unmarshal " + std::string(got) + " into Go struct field ChatRequest." +
             std::string(field) + " of type " + std::string(expected));
}

std::string_view kind_of(const json::value& v) {
  return v.is_array()    ? "array"
         : v.is_object() ? "object"
         : v.is_string() ? "string"
         : v.is_bool()   ? "bool"
                         : "number";
}

std::optional<complaint> check_tool_calls(const json::value& calls) {
  if (!calls.is_array()) return wrong_type(kind_of(calls), "messages.tool_calls", "[]api.ToolCall");
  for (const auto& call : calls.get_array()) {
    const auto* object = call.if_object();
    const auto* function = object ? object->if_contains("function") : nullptr;
    const auto* arguments =
        function && function->is_object() ? function->get_object().if_contains("arguments") : nullptr;
    if (arguments && !arguments->is_object())
      return wrong_type(kind_of(*arguments), "messages.tool_calls.function.arguments",
                        "api.ToolCallFunctionArguments");
  }
  return std::nullopt;
}

std::optional<complaint> check_images(const json::value& images, std::string_view field) {
  if (!images.is_array()) return wrong_type(kind_of(images), field, "[]api.ImageData");
  for (const auto& image : images.get_array())
    if (!image.is_string() || !base64::valid(image.get_string()))
      return bad("illegal base64 data at input byte 4");
  return std::nullopt;
}

std::optional<complaint> read_messages(const json::array& messages, ollama_asked& out) {
  asked_prompt prompt;
  int words = 0;
  for (const auto& any : messages) {
    const auto* message = any.if_object();
    if (!message) return wrong_type(kind_of(any), "messages", "api.Message");
    field_reader fields(*message);
    const auto role = ascii::lower(fields.text("role").value_or(""));
    const auto* content = fields.any("content");
    if (content && !content->is_string()) return wrong_type(kind_of(*content), "messages.content", "string");
    if (const auto* images = fields.any("images"))
      if (auto problem = check_images(*images, "messages.images")) return problem;
    if (const auto* calls = fields.any("tool_calls"))
      if (auto problem = check_tool_calls(*calls)) return problem;
    const std::string text(content ? std::string_view(content->get_string()) : std::string_view());
    words += count_words(text);
    prompt.follows_a_tool = role == "tool";
    if (role == "user") prompt.last_text = text;
  }
  prompt.tokens = std::max(words, 1);
  out.request.prompts.push_back(std::move(prompt));
  return std::nullopt;
}

/// Real servers decode options when the model is scheduled: a wrong type is a 500.
std::optional<complaint> read_options(const json::object& options, asked& out) {
  constexpr std::array<std::string_view, 5> whole{"num_predict", "num_ctx", "seed", "top_k", "num_keep"};
  constexpr std::array<std::string_view, 5> real{"temperature", "top_p", "presence_penalty",
                                                 "frequency_penalty", "min_p"};
  const auto refuse = [](std::string_view name, std::string_view type) {
    return bad("option \"" + std::string(name) + "\" must be of type " + std::string(type), 500);
  };
  for (const auto name : whole)
    if (const auto* v = options.if_contains(name); v && !v->is_number()) return refuse(name, "integer");
  for (const auto name : real)
    if (const auto* v = options.if_contains(name); v && !v->is_number()) return refuse(name, "float32");
  if (const auto* stop = options.if_contains("stop")) {
    if (!stop->is_array()) return refuse("stop", "array");
    for (const auto& s : stop->get_array()) {
      if (!s.is_string()) return refuse("stop", "array of strings");
      out.stops.emplace_back(s.get_string());
    }
  }
  if (const auto* limit = options.if_contains("num_predict")) {
    const auto value = limit->to_number<double>();
    if (value > 0) out.token_limit = static_cast<int>(std::min(value, 2e9));
  }
  return std::nullopt;
}

std::optional<complaint> read_think(const json::value& think, ollama_asked& out) {
  if (think.is_bool()) {
    out.request.may_reason = think.get_bool();
    return std::nullopt;
  }
  constexpr std::array<std::string_view, 4> levels{"low", "medium", "high", "max"};
  if (!think.is_string() ||
      std::find(levels.begin(), levels.end(), std::string_view(think.get_string())) == levels.end())
    return bad("invalid think value (must be \"high\", \"medium\", \"low\", \"max\", true, or false)");
  return std::nullopt;
}

void read_tools(field_reader& fields, asked& out) {
  const auto* tools = fields.list("tools");
  if (!tools) return;
  for (const auto& tool : *tools) {
    const auto* object = tool.if_object();
    const auto* function = object ? object->if_contains("function") : nullptr;
    const auto* name =
        function && function->is_object() ? function->get_object().if_contains("name") : nullptr;
    if (!name || !name->is_string()) return fields.complain("tools", "a list of functions");
    out.tools.emplace_back(name->get_string());
  }
}

std::optional<complaint> read_prompt(field_reader& fields, ollama_asked& out) {
  if (const auto* images = fields.any("images"))
    if (auto problem = check_images(*images, "images")) return problem;
  auto prompt = fields.text("prompt").value_or("");
  const int words = count_words(prompt) + count_words(fields.text("system").value_or(""));
  out.is_load = prompt.empty();
  out.request.prompts.push_back({std::move(prompt), std::max(words, 1), false});
  return std::nullopt;
}

std::optional<complaint> read_format(const json::value& format, asked& out) {
  if (format.is_string() && format.get_string().empty()) return std::nullopt;
  out.wants_json = true;
  if (format.is_object())
    out.schema = format;
  else if (!format.is_string() || format.get_string() != "json")
    return bad("invalid format: expected \"json\" or a JSON schema");
  return std::nullopt;
}

bool is_zero(const json::value& keep_alive) {
  if (keep_alive.is_number()) return keep_alive.to_number<double>() == 0;
  return keep_alive.is_string() && (keep_alive.get_string() == "0" || keep_alive.get_string() == "0s");
}

}  // namespace

std::variant<ollama_asked, complaint> read_ollama(const json::object& body, bool chat) {
  field_reader fields(body);
  ollama_asked out;
  auto& request = out.request;
  request.chat = chat;
  request.model = fields.text("model").value_or("");
  request.stream = fields.flag("stream").value_or(true);
  request.logprobs = fields.flag("logprobs").value_or(false);
  request.top_logprobs = fields.whole("top_logprobs").value_or(0);
  out.truncates = fields.flag("truncate").value_or(true);
  read_tools(fields, request);
  const auto* options = fields.object("options");
  const auto* messages = chat ? fields.list("messages") : nullptr;
  std::optional<complaint> problem;
  if (!chat) problem = read_prompt(fields, out);
  if (messages && !messages->empty()) problem = read_messages(*messages, out);
  if (chat && (!messages || messages->empty())) out.is_load = true, request.prompts.emplace_back();
  if (problem) return std::move(*problem);
  if (fields.first_complaint()) return bad("json: cannot unmarshal: " + fields.first_complaint()->message);
  if (request.top_logprobs < 0 || request.top_logprobs > 20)
    return bad("top_logprobs must be between 0 and 20");
  if (const auto* think = fields.any("think")) problem = read_think(*think, out);
  if (const auto* format = fields.any("format"); format && !problem) problem = read_format(*format, request);
  if (options && !problem) problem = read_options(*options, request);
  if (problem) return std::move(*problem);
  if (const auto* keep = fields.any("keep_alive")) out.unloads = is_zero(*keep);
  return out;
}

std::variant<ollama_embedding, complaint> read_ollama_embedding(const json::object& body, bool legacy) {
  field_reader fields(body);
  ollama_embedding out;
  out.request.model = fields.text("model").value_or("");
  out.request.dimensions = fields.whole("dimensions").value_or(0);
  out.truncates = fields.flag("truncate").value_or(true);
  const auto* input = fields.any(legacy ? "prompt" : "input");
  if (fields.first_complaint()) return bad("json: cannot unmarshal: " + fields.first_complaint()->message);
  const auto add = [&](const json::value& v) {
    if (v.is_string()) out.request.inputs.emplace_back(v.get_string());
    return v.is_string();
  };
  if (input && !add(*input)) {
    if (legacy || !input->is_array()) return bad("invalid input type");
    for (const auto& v : input->get_array())
      if (!add(v)) return bad("invalid input type");
  }
  int words = 0;
  for (const auto& text : out.request.inputs) words += std::max(count_words(text), 1);
  out.request.tokens = words;
  return out;
}

std::string canonical_model(std::string_view name) {
  std::string text = ascii::lower(name);
  for (const std::string_view usual : {"registry.ollama.ai/", "library/"})
    if (text.starts_with(usual)) text.erase(0, usual.size());
  const auto slash = text.rfind('/');
  const auto colon = text.find(':', slash == std::string::npos ? 0 : slash);
  const bool sound = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return ascii::is_alnum(c) || std::string_view("._-/:").find(c) != std::string_view::npos;
  });
  if (!sound || colon == 0 || text.back() == ':' || text.back() == '/') return {};
  return colon == std::string::npos ? text + ":latest" : text;
}

}  // namespace edgemesh::mock
