#include "cli/admin_link.hpp"

#include <cstdlib>

#include "base/ascii.hpp"
#include "cli/configuration.hpp"
#include "cli/terminal.hpp"
#include "json/validate.hpp"
#include "settings/text_file.hpp"
#include "settings/value_text.hpp"

namespace edgemesh::cli {
namespace {

/// What the node wrote for its own user; absent or unreadable: none.
std::string token_in(const std::filesystem::path& file) {
  const auto text = settings::read_text_file(file, 4096);
  if (!text) return "";
  const std::string token(ascii::trim(*text));
  return settings::is_plain_text(token) ? token : "";
}

std::string key_of(const admin_options& options, const std::filesystem::path& data_dir) {
  if (!options.key.empty()) return options.key;
  if (const char* from_environment = std::getenv("EDGEMESH_ADMIN_KEY"); from_environment && *from_environment)
    return from_environment;
  auto key = token_in(data_dir / "admin.key");
  return key.empty() ? token_in(data_dir / "admin.token") : key;
}

exit_code unreachable(const host_port& address, const http_response& response) {
  complain("no node answers at " + address.to_string() + " (" + printable(response.detail) +
           "); start one with `edgemesh serve`, or name its admin address with --admin H:P");
  return exit_code::unreachable;
}

exit_code refused(const http_response& response) {
  const auto message = error_message_in(response.body);
  complain(message.empty() ? "the answer was status " + std::to_string(response.status) + ", not an EdgeMesh admin API's"
                           : printable(message));
  return exit_code::failed;
}

}  // namespace

std::string escaped_segment(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF", plain = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (ascii::is_alnum(c) || plain.find(c) != std::string_view::npos)
      out += c;
    else
      out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

std::string error_message_in(std::string_view body) {
  if (json::validate(body)) return "";
  return json::value::first_in(body)["error"]["message"].text_or("");
}

std::optional<admin_link> admin_link::open(const admin_options& options) {
  admin_link out;
  out.json_ = options.json;
  settings::node_settings node;
  if (!options.config.empty()) {
    auto loaded = load_or_complain({options.config, {}});
    if (!loaded) return std::nullopt;
    node = std::move(*loaded);
  }
  auto origin = node_origin("--admin", options.admin, node.listen.admin, node.listen.tls.admin, options.tls);
  if (!origin) {
    complain(printable(origin.error().message));
    return std::nullopt;
  }
  out.origin_ = std::move(*origin);
  auto key = key_of(options, node.data_dir);
  if (!key.empty() && !settings::is_plain_text(key)) {
    complain("the admin key has control characters");
    return std::nullopt;
  }
  out.key_ = secret(std::move(key));
  return out;
}

exit_code admin_link::ask(http_request request, const std::function<void(json::value)>& show) const {
  if (!key_.empty()) request.headers.emplace_back("Authorization", secret("Bearer " + std::string(key_.reveal())));
  request.total_timeout = milliseconds(10000);
  const auto response = exchange(origin_, request);
  if (response.result != http_response::outcome::answered) return unreachable(origin_.authority, response);
  if (response.status / 100 != 2 || json::validate(response.body)) return refused(response);
  if (json_)
    print(response.body + (response.body.ends_with('\n') ? "" : "\n"));
  else
    show(json::value::first_in(response.body));
  return exit_code::done;
}

exit_code admin_link::print_text(const std::string& target) const {
  http_request request;
  request.method = "GET";
  request.target = target;
  if (!key_.empty()) request.headers.emplace_back("Authorization", secret("Bearer " + std::string(key_.reveal())));
  const auto response = exchange(origin_, request);
  if (response.result != http_response::outcome::answered) return unreachable(origin_.authority, response);
  if (response.status / 100 != 2) return refused(response);
  print(response.body);
  return exit_code::done;
}

exit_code admin_link::get(const std::string& target, const std::function<void(json::value)>& show) const {
  return send("GET", target, show);
}

exit_code admin_link::send(const std::string& method, const std::string& target,
                           const std::function<void(json::value)>& show) const {
  http_request request;
  request.method = method;
  request.target = target;
  return ask(std::move(request), show);
}

}  // namespace edgemesh::cli
