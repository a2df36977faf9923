#include "dialects/ollama_tools.hpp"

#include <string>

namespace edgemesh::dialects {
namespace {

// What the client allows the model to call.
struct tool_selection {
  bool any = true;   // false: none at all
  std::string only;  // the one function, "" for all
};

openai::api_result<tool_selection> selection(json::value choice, const char* param) {
  if (choice.absent_or_null() || choice.equals("auto")) return tool_selection{};
  if (choice.equals("none")) return tool_selection{false, ""};
  const auto name = choice["function"].type() == json::kind::object ? choice["function"]["name"] : choice["name"];
  const bool named = choice["type"].absent_or_null() || choice["type"].equals("function");
  if (choice.type() == json::kind::object && named && name.type() == json::kind::string)
    return tool_selection{true, name.text_or("")};
  if (choice.type() == json::kind::object || choice.equals("required"))
    return unsupported_parameter("this backend cannot be told to call a tool: use \"auto\", \"none\" or one function", param);
  return client_mistake(std::string(param) + " has an unknown value", param);
}

// One tool of either shape: {"type":"function","function":{…}} or the legacy bare function.
conversion_fault append_tool(json::writer& out, json::value tool, bool legacy, const std::string& path) {
  if (legacy) {
    out.begin_object().member("type", "function").key("function").raw(tool.raw()).end_object();
    return {};
  }
  if (!tool["type"].absent_or_null() && !tool["type"].equals("function"))
    return unsupported_parameter("this backend takes tools of type \"function\" only", path + ".type");
  out.raw(tool.raw());
  return {};
}

}  // namespace

conversion_fault append_ollama_tools(json::writer& out, const request_members& root) {
  const bool legacy = root["tools"].absent_or_null();
  const auto tools = legacy ? root["functions"] : root["tools"];
  const std::string list_name = legacy ? "functions" : "tools";
  if (tools.absent_or_null()) return {};
  if (tools.type() != json::kind::array) return client_mistake(list_name + " must be an array", list_name);
  const char* choice_name = legacy ? "function_call" : "tool_choice";
  const auto chosen = selection(root[choice_name], choice_name);
  if (chosen.has_error()) return chosen.error();
  if (!chosen->any || tools.elements().begin() == tools.elements().end()) return {};

  out.key("tools").begin_array();
  bool found = chosen->only.empty();
  std::size_t index = 0;
  for (auto tool : tools.elements()) {
    const auto path = list_name + "[" + std::to_string(index++) + "]";
    const auto name = legacy ? tool["name"] : tool["function"]["name"];
    const bool is_function = legacy || tool["type"].absent_or_null() || tool["type"].equals("function");
    if (is_function && name.type() != json::kind::string)
      return client_mistake("a tool needs the name of its function", path);
    if (!chosen->only.empty() && !name.equals(chosen->only)) continue;
    if (auto fault = append_tool(out, tool, legacy, path)) return fault;
    found = true;
  }
  out.end_array();
  if (!found) return client_mistake("the chosen function is not among the tools", choice_name);
  return {};
}

}  // namespace edgemesh::dialects
