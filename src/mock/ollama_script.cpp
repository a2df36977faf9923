#include "mock/ollama_script.hpp"

#include <utility>

#include "mock/json_text.hpp"
#include "mock/logprob_text.hpp"

namespace edgemesh::mock {
namespace {

std::string line_start(const asked& request, std::string_view created_at) {
  return R"({"model":)" + quoted(request.model, true) + R"(,"created_at":")" + std::string(created_at) +
         "\",";
}

}  // namespace

ollama_script::ollama_script(asked request, answer_plan plan, std::string created_at, std::string tool_id)
    : request_(std::move(request)),
      plan_(std::move(plan)),
      tool_id_(std::move(tool_id)),
      before_(line_start(request_, created_at)) {}

std::size_t ollama_script::size() const {
  return plan_.reasoning.size() + (plan_.tool.empty() ? plan_.content.size() : 1);
}

std::string ollama_script::message(std::string_view content, std::string_view thinking,
                                   bool with_tool) const {
  std::string out = request_.chat ? R"("message":{"role":"assistant","content":)" : R"("response":)";
  append_quoted(out, content, true);
  if (!thinking.empty()) append_quoted(out += R"(,"thinking":)", thinking, true);
  if (with_tool)
    out += R"(,"tool_calls":[{"id":)" + quoted(tool_id_) + R"(,"function":{"index":0,"name":)" +
           quoted(plan_.tool, true) + R"(,"arguments":)" + std::string(answer_plan::tool_arguments) + "}}]";
  return request_.chat ? out += '}' : out;
}

void ollama_script::step(std::size_t k, std::string& out) {
  token_text::scratch room;
  out += before_;
  if (k < plan_.reasoning.size()) {
    out += message("", plan_.reasoning.at(k, room), false);
  } else if (!plan_.tool.empty()) {
    out += message("", "", true);
  } else {
    const auto token = plan_.content.at(k - plan_.reasoning.size(), room);
    out += message(token, "", false);
    if (request_.logprobs) out += R"(,"logprobs":[)" + token_logprob(token, request_.top_logprobs) + "]";
  }
  out += ",\"done\":false}\n";
}

void ollama_script::append_end(std::string& out) const {
  out += R"(,"done":true,"done_reason":")";
  out += plan_.finish == "length" ? "length" : "stop";
  out += '"';
  if (!request_.chat) out += R"(,"context":[1,2,3])";
  out += R"(,"total_duration":9000000,"load_duration":3000000,"prompt_eval_count":)" +
         std::to_string(plan_.prompt_tokens) + R"(,"prompt_eval_duration":2000000)";
  // Go leaves out what is zero.
  if (plan_.tokens() > 0)
    out += R"(,"eval_count":)" + std::to_string(plan_.tokens()) + R"(,"eval_duration":4000000)";
  out += '}';
}

void ollama_script::closing(std::string& out) {
  (out += before_) += message("", "", false);
  append_end(out);
  out += '\n';
}

std::string ollama_script::whole() {
  std::string out = before_ + message(plan_.content.all(), plan_.reasoning.all(), !plan_.tool.empty());
  if (request_.logprobs && plan_.content.size() > 0) {
    out += R"(,"logprobs":[)";
    token_text::scratch room;
    for (std::size_t k = 0; k < plan_.content.size(); ++k)
      (out += k ? "," : "") += token_logprob(plan_.content.at(k, room), request_.top_logprobs);
    out += ']';
  }
  append_end(out);
  return out;
}

std::string ollama_load_answer(const asked& request, std::string_view created_at, bool unloads) {
  std::string out = line_start(request, created_at);
  out += request.chat ? R"("message":{"role":"assistant","content":""})" : R"("response":"")";
  out += R"(,"done":true,"done_reason":")";
  return out += unloads ? "unload\"}" : "load\"}";
}

}  // namespace edgemesh::mock
