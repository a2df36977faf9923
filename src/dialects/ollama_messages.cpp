#include "dialects/ollama_messages.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "dialects/data_url.hpp"
#include "json/validate.hpp"

namespace edgemesh::dialects {
namespace {

// The content of a JSON string, copied only when it has escapes: images are megabytes.
class plain_text {
 public:
  explicit plain_text(json::value v) {
    if (v.type() != json::kind::string) return;
    const auto inside = v.raw().substr(1, v.raw().size() - 2);
    if (inside.find('\\') == std::string_view::npos) {
      view_ = inside;
    } else {
      copy_ = v.text_or("");
      view_ = copy_;
    }
  }
  plain_text(const plain_text&) = delete;
  plain_text& operator=(const plain_text&) = delete;
  std::string_view view() const noexcept { return view_; }

 private:
  std::string copy_;
  std::string_view view_;
};

bool is_text_part(json::value part) noexcept { return part["type"].equals("text") || part["type"].equals("refusal"); }

json::value text_of(json::value part) noexcept { return part["type"].equals("refusal") ? part["refusal"] : part["text"]; }

}  // namespace

conversion_fault ollama_message_writer::messages(json::value list) {
  if (list.type() != json::kind::array || list.elements().begin() == list.elements().end())
    return client_mistake("messages must be an array with at least one message", "messages");
  out_.begin_array();
  std::size_t index = 0;
  for (auto from : list.elements())
    if (auto fault = message(from, "messages[" + std::to_string(index++) + "]")) return fault;
  out_.end_array();
  return {};
}

conversion_fault ollama_message_writer::message(json::value from, const std::string& path) {
  if (from.type() != json::kind::object) return client_mistake("a message must be an object", path);
  const auto role = from["role"].text();
  if (!role) return client_mistake("a message needs a role", path + ".role");
  out_.begin_object().key("role");
  if (*role == "developer") {
    out_.string("system");
  } else {
    out_.string(*role == "function" ? "tool" : *role);
  }
  if (auto fault = content(from["content"], path + ".content")) return fault;
  if (*role == "assistant") {
    const auto thought = from["reasoning_content"].absent_or_null() ? from["reasoning"] : from["reasoning_content"];
    if (thought.type() == json::kind::string) out_.key("thinking").raw(thought.raw());
    if (auto fault = tool_calls(from, path)) return fault;
  }
  if (*role == "tool" || *role == "function") tool_answer(from);
  out_.end_object();
  return {};
}

conversion_fault ollama_message_writer::content(json::value from, const std::string& path) {
  out_.key("content");
  if (from.absent_or_null()) {
    out_.string("");
    return {};
  }
  if (from.type() == json::kind::string) {
    out_.raw(from.raw());
    return {};
  }
  if (from.type() != json::kind::array) return client_mistake("content must be a string or an array of parts", path);
  return parts(from, path);
}

conversion_fault ollama_message_writer::parts(json::value from, const std::string& path) {
  std::string joined;
  bool first = true, has_media = false;
  for (auto part : from.elements()) {
    if (!is_text_part(part)) {
      has_media = true;
      continue;
    }
    if (!first) joined += '\n';
    first = false;
    joined += text_of(part).text_or("");
  }
  out_.string(joined);
  if (!has_media) return {};
  out_.key("images").begin_array();
  std::size_t index = 0;
  for (auto part : from.elements()) {
    const auto part_path = path + "[" + std::to_string(index++) + "]";
    if (is_text_part(part)) continue;
    if (auto fault = medium(part, part_path)) return fault;
  }
  out_.end_array();
  return {};
}

conversion_fault ollama_message_writer::medium(json::value part, const std::string& path) {
  if (part["type"].equals("image_url")) return image(part, path);
  if (part["type"].equals("input_audio")) return audio(part, path);
  if (part["type"].type() != json::kind::string) return client_mistake("a content part needs a type", path);
  return unsupported_parameter("this backend takes text and image parts only", path);
}

conversion_fault ollama_message_writer::image(json::value part, const std::string& path) {
  const auto holder = part["image_url"];
  const auto url = holder.type() == json::kind::string ? holder : holder["url"];
  const auto url_path = path + ".image_url.url";
  if (url.type() != json::kind::string) return client_mistake("an image part needs a url", url_path);
  const plain_text text(url);
  if (!is_data_url(text.view()))
    return unsupported_parameter("this backend does not fetch media: send the image as a data: URL", url_path);
  const auto bytes = base64_of_data_url(text.view());
  if (!bytes) return client_mistake("the image is not valid base64 in a data: URL", url_path);
  out_.string(*bytes);
  return {};
}

conversion_fault ollama_message_writer::audio(json::value part, const std::string& path) {
  if (!model_.capabilities.has(capability::audio)) return unsupported_parameter("this model does not take audio", path);
  const plain_text data(part["input_audio"]["data"]);
  if (data.view().empty() || !base64::valid(data.view()))
    return client_mistake("the audio is not valid base64", path + ".input_audio.data");
  out_.string(data.view());
  return {};
}

conversion_fault ollama_message_writer::tool_calls(json::value from, const std::string& path) {
  const auto calls = from["tool_calls"], legacy = from["function_call"];
  if (calls.absent_or_null()) {
    if (legacy.absent_or_null()) return {};
    out_.key("tool_calls").begin_array();
    if (auto fault = function(legacy, path + ".function_call", "")) return fault;
    out_.end_array();
    return {};
  }
  if (calls.type() != json::kind::array) return client_mistake("tool_calls must be an array", path + ".tool_calls");
  out_.key("tool_calls").begin_array();
  std::size_t index = 0;
  for (auto call : calls.elements()) {
    const auto call_path = path + ".tool_calls[" + std::to_string(index++) + "].function";
    if (auto fault = function(call["function"], call_path, call["id"].text_or(""))) return fault;
  }
  out_.end_array();
  return {};
}

conversion_fault ollama_message_writer::function(json::value from, const std::string& path, const std::string& id) {
  const auto name = from["name"].text();
  if (!name) return client_mistake("a tool call needs the name of its function", path + ".name");
  const auto given = from["arguments"];
  std::string arguments = "{}";
  if (given.type() == json::kind::object) {
    arguments = given.raw();
  } else if (!given.absent_or_null()) {
    const auto text = given.text();
    const auto trimmed = ascii::trim(text ? std::string_view(*text) : std::string_view("?"));
    if (!trimmed.empty()) {
      if (json::validate(trimmed) || json::value::first_in(trimmed).type() != json::kind::object)
        return client_mistake("tool call arguments must be a JSON object in a string", path + ".arguments");
      arguments = trimmed;
    }
  }
  if (!id.empty()) tool_names_.insert_or_assign(id, *name);
  out_.begin_object();
  if (!id.empty()) out_.member("id", id);
  out_.key("function").begin_object().member("name", *name).key("arguments").raw(arguments).end_object().end_object();
  return {};
}

void ollama_message_writer::tool_answer(json::value from) {
  const auto id = from["tool_call_id"].text();
  if (id) out_.member("tool_call_id", *id);
  if (id) {
    if (const auto known = tool_names_.find(*id); known != tool_names_.end()) out_.member("tool_name", known->second);
  } else if (const auto name = from["name"].text()) {
    out_.member("tool_name", *name);  // the legacy role "function" names its function itself
  }
}

}  // namespace edgemesh::dialects
