#include "cli/chat_answer.hpp"

#include "cli/terminal.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"

namespace edgemesh::cli {

std::string chat_answer::feed(std::string_view bytes) {
  std::string out;
  const auto status = parser_.feed(bytes, [&](const openai::sse_event& e) { out += event(e.data); }, nullptr);
  if (status == openai::sse_parser::status::event_too_large && error_.empty()) error_ = "an event of the stream is too large";
  return out;
}

std::string chat_answer::event(std::string_view data) {
  if (data == "[DONE]") {
    complete_ = true;
    return "";
  }
  if (json::validate(data)) {
    error_ = "an event of the stream is not JSON";
    return "";
  }
  const auto root = json::value::first_in(data);
  if (!root["error"].absent_or_null()) {
    error_ = root["error"]["message"].text_or("the stream ended with an error");
    return "";
  }
  const auto choices = root["choices"].elements();
  if (choices.begin() == choices.end()) return "";
  const auto delta = (*choices.begin())["delta"];
  std::string out;
  auto thought = delta["reasoning_content"].text_or("");
  if (thought.empty()) thought = delta["reasoning"].text_or("");
  if (!thought.empty()) {
    if (!reasoning_) out += "(";
    reasoning_ = true;
    out += printable(thought, true);
  }
  const auto content = delta["content"].text_or("");
  if (content.empty()) return out;
  if (reasoning_) out += ")\n\n";
  reasoning_ = false;
  text_ += content;
  return out + printable(content, true);
}

}  // namespace edgemesh::cli
