#include "cli/node_commands.hpp"

#include <cstdio>

#include "cli/node_views.hpp"
#include "cli/terminal.hpp"
#include "json/splice.hpp"
#include "json/validate.hpp"
#include "json/writer.hpp"
#include "settings/text_file.hpp"
#include "settings/value_text.hpp"

namespace edgemesh::cli {
namespace {

using view = std::string (*)(json::value);

exit_code get_and_show(const admin_options& options, const std::string& target, view as_text) {
  const auto link = admin_link::open(options);
  if (!link) return exit_code::usage;
  return link->get(target, [&](json::value v) { print(as_text(v)); });
}

std::string details(json::value v) { return members_view(v); }

constexpr std::size_t request_bytes_max = 64u << 20;

/// The file's text, or standard input's for "-".
result<std::string> read_request(const std::string& file) {
  if (file != "-") return settings::read_text_file(file, request_bytes_max);
  std::string out;
  char buffer[65536];
  while (const auto got = std::fread(buffer, 1, sizeof buffer, stdin)) {
    out.append(buffer, got);
    if (out.size() > request_bytes_max) return error{"standard input is larger than 64 MiB"};
  }
  return out;
}

std::string with_model(const std::string& body, const std::string& model) {
  const auto root = json::value::first_in(body);
  json::splice edit(body);
  if (root["model"])
    edit.replace(root["model"], json::quoted(model));
  else
    edit.append(root, "model", json::quoted(model));
  return edit.apply();
}

result<std::string> explained_request(const explain_options& options) {
  if (options.file.empty()) {
    if (options.model.empty()) return error{"expected --model M or a FILE with a chat request"};
    return R"({"model":)" + json::quoted(options.model) + R"(,"messages":[{"role":"user","content":""}]})";
  }
  auto body = read_request(options.file);
  if (!body) return body;
  if (json::validate(*body) || json::value::first_in(*body).type() != json::kind::object)
    return error{options.file + " is not a JSON object"};
  return options.model.empty() ? std::move(*body) : with_model(*body, options.model);
}

}  // namespace

exit_code show_status(const admin_options& options) { return get_and_show(options, "/admin/v1/status", status_view); }
exit_code show_models(const admin_options& options) { return get_and_show(options, "/admin/v1/models", models_view); }
exit_code list_backends(const admin_options& options) { return get_and_show(options, "/admin/v1/backends", backends_view); }
exit_code list_sessions(const admin_options& options) { return get_and_show(options, "/admin/v1/sessions", sessions_view); }

exit_code show_backend(const admin_options& options, const std::string& name) {
  return get_and_show(options, "/admin/v1/backends/" + escaped_segment(name), details);
}

exit_code steer_backend(const admin_options& options, const std::string& name, const std::string& action) {
  const auto link = admin_link::open(options);
  if (!link) return exit_code::usage;
  return link->send("POST", "/admin/v1/backends/" + escaped_segment(name) + "/" + action, [&](json::value v) {
    const std::string state = v["draining"].boolean() == true ? "draining" : scalar_text(v["health"]);
    print(printable(name) + ": " + (state.empty() ? action + " done" : printable(state)) + "\n");
    if (const auto detail = scalar_text(v["detail"]); !detail.empty()) print("  " + printable(detail) + "\n");
  });
}

exit_code cancel_session(const admin_options& options, const std::string& id) {
  const auto link = admin_link::open(options);
  if (!link) return exit_code::usage;
  return link->send("DELETE", "/admin/v1/sessions/" + escaped_segment(id),
                    [&](json::value) { print("session " + printable(id) + " is cancelled\n"); });
}

exit_code show_requests(const admin_options& options, const std::string& id) {
  if (id.empty()) return get_and_show(options, "/admin/v1/requests", requests_view);
  return get_and_show(options, "/admin/v1/requests/" + escaped_segment(id), details);
}

exit_code explain(const explain_options& options) {
  auto body = explained_request(options);
  if (!body) {
    complain(body.error().message);
    return exit_code::usage;
  }
  if (!options.data_class.empty() && !settings::is_plain_text(options.data_class)) {
    complain("--data-class: expected the name of a data class");
    return exit_code::usage;
  }
  const auto link = admin_link::open(options.admin);
  if (!link) return exit_code::usage;
  http_request request;
  request.method = "POST";
  request.target = "/admin/v1/explain";
  request.body = std::move(*body);
  if (!options.data_class.empty()) request.headers.emplace_back("x-edgemesh-data-class", secret(options.data_class));
  return link->ask(std::move(request), [](json::value v) { print(explain_view(v)); });
}

}  // namespace edgemesh::cli
