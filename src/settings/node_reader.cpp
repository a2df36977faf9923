#include <algorithm>

#include "settings/draft.hpp"

namespace edgemesh::settings {
namespace {

void read_listeners(const cursor& from, reading& context, draft& out) {
  auto& listen = out.settings.listen;
  cursor::into(listen.api, from["api"].address());
  cursor::into(listen.admin, from["admin"].address());
  if (from["metrics"].text() != "off") listen.metrics = from["metrics"].address();
  cursor::into(listen.mesh, from["mesh"].address());
  cursor::into(listen.peer, from["peer"].address());
  out.has_mesh_listeners = from["mesh"] || from["peer"];
  if (from["mesh"] && !from["peer"]) context.faults.add(from["mesh"].where(), "needs listen.peer beside it, for forwarded requests; it may be the same address");
  if (from["peer"] && !from["mesh"]) context.faults.add(from["peer"].where(), "needs listen.mesh beside it; it may be the same address");
  listen.tls.api = read_listener_tls(from["tls"]["api"], context);
  listen.tls.admin = read_listener_tls(from["tls"]["admin"], context);
  listen.tls.metrics = read_listener_tls(from["tls"]["metrics"], context);
  if (from["tls"]["metrics"] && !listen.metrics) context.faults.add(from["tls"]["metrics"].where(), "has no effect: listen.metrics is off");
  out.mesh = from["mesh"].where();
  out.peer = from["peer"].where();
  out.api = from["api"].where();
  out.admin = from["admin"].where();
  out.metrics = from["metrics"].where();
}

void read_advertise(const cursor& from, draft& out) {
  const auto text = from.text();
  out.settings.node.is_undialled = text == "none";
  if (text && *text != "none") out.settings.node.advertise = from.address();
  out.advertise = from.where();
}

void read_limits(const cursor& from, limit_settings& out) {
  cursor::into(out.body, from["body"].bytes());
  cursor::into(out.head, from["head"].bytes());
  cursor::into(out.headers, from["headers"].integer());
  cursor::into(out.connections, from["connections"].integer());
  cursor::into(out.json_depth, from["json_depth"].integer());
  if (const auto text = from["memory"].text()) cursor::into(out.memory, parse_memory_limit(*text));
}

void read_retention(const cursor& root, const reading& context, retention_settings& out) {
  const auto usage = root["usage"], audit = root["audit"];
  cursor::into(out.raw_days, usage["raw_days"].integer());
  cursor::into(out.minute_days, usage["minute_days"].integer());
  cursor::into(out.hour_days, usage["hour_days"].integer());
  cursor::into(out.day_days, usage["day_days"].integer());
  cursor::into(out.audit_days, audit["days"].integer());
  cursor::into(out.audit_entries, audit["entries"].integer());
  if (const auto file = audit["file"].text()) out.audit_file = context.folder / *file;
}

void read_log(const cursor& from, log_settings& out) {
  constexpr std::string_view levels[] = {"debug", "info", "warn", "error"};
  if (const auto level = from["level"].text()) {
    const auto* found = std::find(std::begin(levels), std::end(levels), *level);
    if (found != std::end(levels)) out.level = static_cast<log::level>(found - std::begin(levels));
  }
  if (const auto format = from["format"].text()) out.format = *format == "json" ? log::format::json : log::format::text;
}

void read_backends(const cursor& from, reading& context, draft& out) {
  auto& all = out.settings;
  for (const auto& item : from.items()) {
    auto backend = read_backend(item, all.timeouts, context);
    read_class(item["data_class"], all.data_classes, context);  // a name that is no class is a fault
    all.backends.push_back(std::move(backend));
    out.backends.push_back(item.where());
    out.key_commands.push_back(item["api_key_command"].where());
  }
}

void read_models(const cursor& from, reading& context, draft& out) {
  const auto items = from.items();
  for (const auto& item : items) out.settings.models.push_back(read_virtual_model(item, out.settings.data_classes, context));
  const auto& models = out.settings.models;
  const auto named = [&](const std::string& name) {
    return std::find_if(models.begin(), models.end(), [&](const auto& m) { return m.name == name; });
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (named(models[i].name) != models.begin() + static_cast<std::ptrdiff_t>(i))
      context.faults.add(items[i]["name"].where(), "another virtual model has this name");
    for (const auto& route : items[i]["routes"].items())
      if (const auto use = route["use"].text(); use && named(*use) != models.end())
        context.faults.add(route["use"].where(), "is a virtual model itself; expected the name of a real one");
  }
}

}  // namespace

void read_node(const cursor& root, reading& context, draft& out) {
  auto& s = out.settings;
  cursor::into(s.node.name, root["node"]["name"].text());
  cursor::into(s.node.site, root["node"]["site"].text());
  cursor::into(s.node.public_url, root["node"]["public_url"].text());
  read_advertise(root["node"]["advertise"], out);
  read_listeners(root["listen"], context, out);
  s.data_dir = context.folder / root["data_dir"].text().value_or("data");
  cursor::into(s.discovery_local, root["discovery"]["local"].boolean());
  if (auto names = root["data_classes"].texts(); !names.empty()) s.data_classes.names = std::move(names);
  s.timeouts = read_timeouts(root["timeouts"], {});
  read_backends(root["backends"], context, out);
  read_models(root["models"], context, out);
  cursor::into(s.threads, root["threads"].integer());
  read_limits(root["limits"], s.limits);
  cursor::into(s.commit_patience, root["commit"]["patience"].duration());
  s.cors_origins = root["cors"]["origins"].texts();
  if (root["auth"]["mode"].text() == "keys") s.auth.mode = auth_mode::keys;
  cursor::into(s.listen.allow_plain, root["listen"]["allow_plain"].boolean());
  cursor::into(s.store.sync, root["store"]["sync"].duration());
  cursor::into(s.store.reserve, root["store"]["reserve"].bytes());
  read_retention(root, context, s.keep);
  cursor::into(s.auth.allow_open, root["auth"]["allow_open"].boolean());
  cursor::into(s.drain_timeout, root["drain_timeout"].duration());
  read_log(root["log"], s.log);
}

}  // namespace edgemesh::settings
