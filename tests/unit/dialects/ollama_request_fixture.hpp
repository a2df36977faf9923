// A client's request against the Ollama dialect, for tests: what is sent, or why not.
#pragma once
#include <gmock/gmock.h>

#include "dialects/ollama_dialect.hpp"

namespace edgemesh::dialects {

class OllamaRequest : public testing::Test {
 protected:
  OllamaRequest() {
    model.name = "public";
    model.upstream = "llama3:latest";
    options.model = &model;
    options.allow_fields = &allowed;
  }

  openai::api_result<upstream_request> convert(endpoint kind, std::string body) {
    openai::client_request client;
    client.kind = kind;
    client.body = std::move(body);
    client.stream = client.root()["stream"].boolean().value_or(false);
    return ollama_dialect().request(client, options);
  }
  /// The body that goes to Ollama; "" when the request is refused.
  std::string sent(endpoint kind, std::string body) {
    auto made = convert(kind, std::move(body));
    return made.has_value() ? made->body : "";
  }
  /// A chat with one message "hi" and these further members, as sent.
  std::string chat_with(const std::string& members) { return sent(endpoint::chat, hello(members)); }
  openai::api_error chat_fault(const std::string& members) {
    auto made = convert(endpoint::chat, hello(members));
    return made.has_error() ? made.error() : openai::api_error{.status = 0, .message = "was sent: " + made->body, .param = {}, .code = {}, .retry_after = {}};
  }
  static std::string hello(const std::string& members) {
    return R"({"model":"public","messages":[{"role":"user","content":"hi"}])" + (members.empty() ? "" : "," + members) + "}";
  }
  /// The `messages` as sent, or the error's param.
  std::string messages(const std::string& list) {
    auto made = convert(endpoint::chat, R"({"messages":)" + list + "}");
    if (made.has_error()) return made.error().param.value_or("?");
    return std::string(json::value::first_in(made->body)["messages"].raw());
  }

  model_offer model;
  std::vector<std::string> allowed;
  request_options options;
};

}  // namespace edgemesh::dialects
