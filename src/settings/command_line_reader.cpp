#include "settings/draft.hpp"
#include "settings/proxy_choice.hpp"

namespace edgemesh::settings {
namespace {

place flag(const char* name) { return {"", {}, name}; }

void read_address(const std::optional<std::string>& text, const char* name, reading& context, host_port& out, place& where) {
  if (!text) return;
  where = flag(name);
  if (auto mistake = mistake_in(*find_row("listen.api"), *text, false, true))
    context.faults.add(where, std::move(*mistake));
  else
    out = *parse_host_port(*text);
}

void read_name(const std::optional<std::string>& text, const char* name, reading& context, std::string& out) {
  if (!text) return;
  if (auto mistake = mistake_in(*find_row("node.name"), *text, false, true)) context.faults.add(flag(name), std::move(*mistake));
  out = *text;
}

void read_backend_flag(const std::string& text, reading& context, draft& out) {
  const auto where = flag("--backend");
  const auto equals = text.find('=');
  const auto kind = backend_kind_from(std::string_view(text).substr(0, equals));
  if (equals == std::string::npos || !kind)
    return context.faults.add(where, "expected KIND=URL such as ollama=http://127.0.0.1:11434, KIND " +
                                         expected_text(*find_row("backends[].kind")));
  const std::string url = text.substr(equals + 1);
  if (auto mistake = mistake_in(*find_row("backends[].url"), url, false, true))
    return context.faults.add(where, std::move(*mistake));
  backend_settings backend;
  backend.kind = *kind;
  backend.url = *parse_backend_url(url);
  backend.all_slots = *kind == backend_kind::cognis && !has_explicit_port(url);
  backend.name = default_name_of(backend);
  backend.timeouts = out.settings.timeouts;
  if (auto proxy = proxy_from_environment(backend.url, context.from.env))
    backend.proxy = std::move(*proxy);
  else
    context.faults.add(where, proxy.error().message);
  out.settings.backends.push_back(std::move(backend));
  out.backends.push_back(where);
  out.key_commands.push_back(where);
}

}  // namespace

void read_command_line(reading& context, draft& out) {
  const auto& flags = context.from.command_line;
  read_address(flags.api, "--api", context, out.settings.listen.api, out.api);
  read_address(flags.admin, "--admin", context, out.settings.listen.admin, out.admin);
  if (flags.data_dir) out.settings.data_dir = *flags.data_dir;
  if (flags.data_dir && flags.data_dir->empty()) context.faults.add(flag("--data-dir"), "expected a path");
  read_name(flags.name, "--name", context, out.settings.node.name);
  read_name(flags.site, "--site", context, out.settings.node.site);
  for (const auto& text : flags.backends) read_backend_flag(text, context, out);
}

}  // namespace edgemesh::settings
