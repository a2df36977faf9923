#include "cli/chat_command.hpp"

#include <cstdio>
#include <iostream>
#include <vector>

#include "base/ascii.hpp"
#include "cli/admin_link.hpp"
#include "cli/chat_answer.hpp"
#include "cli/configuration.hpp"
#include "cli/terminal.hpp"
#include "json/validate.hpp"
#include "json/writer.hpp"
#include "settings/value_text.hpp"

namespace edgemesh::cli {
namespace {

struct turn {
  const char* role;
  std::string text;
};

class conversation {
 public:
  conversation(http_origin api, const std::string& key) : origin_(std::move(api)) {
    if (!key.empty()) headers_.emplace_back("Authorization", secret("Bearer " + key));
  }

  /// The model to use when none was named.
  exit_code choose_model(std::string& model) const {
    http_request request;
    request.target = "/v1/models";
    request.headers = headers_;
    const auto response = exchange(origin_, request);
    if (response.result != http_response::outcome::answered) return unreachable(response);
    if (response.status != 200 || json::validate(response.body)) return refused(response.status, response.body);
    const auto models = json::value::first_in(response.body)["data"];
    if (models.size() == 0) {
      complain("the node has no models; `edgemesh backends list` says why");
      return exit_code::failed;
    }
    model = (*models.elements().begin())["id"].text_or("");
    if (models.size() > 1) complain("using " + printable(model) + ", one of " + std::to_string(models.size()) + " models; choose with --model");
    return exit_code::done;
  }

  exit_code say(const std::string& model, std::string text) {
    turns_.push_back({"user", std::move(text)});
    chat_answer answer;
    const auto response = exchange_streaming(origin_, request(model), [&](std::string_view bytes) {
      print(answer.feed(bytes));
      return answer.error().empty() && !answer.complete();
    });
    if (!answer.text().empty()) print("\n");
    const bool is_silent = response.result == http_response::outcome::refused || response.result == http_response::outcome::timed_out;
    if (is_silent && answer.text().empty()) return unreachable(response);
    if (response.status != 0 && response.status / 100 != 2) return refused(response.status, response.body);
    if (!answer.complete()) {
      complain(answer.error().empty() ? "the stream ended before the answer did" : printable(answer.error()));
      return exit_code::failed;
    }
    turns_.push_back({"assistant", answer.text()});
    if (turns_.size() > turns_max) turns_.erase(turns_.begin(), turns_.begin() + 2);
    return exit_code::done;
  }

 private:
  static constexpr std::size_t turns_max = 200;

  http_request request(const std::string& model) const {
    http_request out;
    out.method = "POST";
    out.target = "/v1/chat/completions";
    out.headers = headers_;
    out.total_timeout = milliseconds(330'000);  // of silence: a little more than the node's own patience with a cold model
    json::writer w(out.body);
    w.begin_object().member("model", model).member("stream", true).key("messages").begin_array();
    for (const auto& t : turns_) w.begin_object().member("role", t.role).member("content", t.text).end_object();
    w.end_array().end_object();
    return out;
  }
  exit_code unreachable(const http_response& response) const {
    complain("no node answers at " + origin_.authority.to_string() + " (" + printable(response.detail) +
             "); start one with `edgemesh serve`, or name its address with --api H:P");
    return exit_code::unreachable;
  }
  static exit_code refused(int status, const std::string& body) {
    const auto message = error_message_in(body);
    complain(message.empty() ? "the answer was status " + std::to_string(status) : printable(message));
    return exit_code::failed;
  }

  http_origin origin_;
  std::vector<std::pair<std::string, secret>> headers_;
  std::vector<turn> turns_;
};

std::string all_of_input() {
  std::string out;
  char buffer[65536];
  while (const auto got = std::fread(buffer, 1, sizeof buffer, stdin)) {
    out.append(buffer, got);
    if (out.size() > (64u << 20)) break;  // the node's limit decides what is too much
  }
  return std::string(ascii::trim(out));
}

exit_code talk(conversation& with, const std::string& model) {
  for (std::string line;;) {
    print("> ");
    if (!std::getline(std::cin, line)) break;
    if (ascii::trim(line).empty()) continue;
    if (const auto code = with.say(model, line); code != exit_code::done) return code;
  }
  print("\n");
  return exit_code::done;
}

std::optional<http_origin> api_of(const chat_options& options) {
  settings::listen_settings listen;
  if (!options.config.empty()) {
    const auto loaded = load_or_complain({options.config, {}});
    if (!loaded) return std::nullopt;
    listen = loaded->listen;
  }
  auto origin = node_origin("--api", options.api, listen.api, listen.tls.api, options.tls);
  if (!origin) complain(printable(origin.error().message));
  return origin ? std::optional(std::move(*origin)) : std::nullopt;
}

}  // namespace

exit_code chat(const chat_options& options) {
  const auto api = api_of(options);
  if (!api) return exit_code::usage;
  if (!options.key.empty() && !settings::is_plain_text(options.key)) {
    complain("--key: has control characters");
    return exit_code::usage;
  }
  conversation talk_with(*api, options.key);
  std::string model = options.model;
  if (model.empty())
    if (const auto code = talk_with.choose_model(model); code != exit_code::done) return code;
  std::string prompt;
  for (const auto& word : options.words) prompt += (prompt.empty() ? "" : " ") + word;
  if (!prompt.empty()) return talk_with.say(model, prompt);
  if (input_is_terminal()) return talk(talk_with, model);
  prompt = all_of_input();
  if (prompt.empty()) {
    complain("expected a PROMPT, or text on standard input");
    return exit_code::usage;
  }
  return talk_with.say(model, prompt);
}

}  // namespace edgemesh::cli
