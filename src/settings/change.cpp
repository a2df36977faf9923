#include "settings/change.hpp"

#include <algorithm>
#include <tuple>

namespace edgemesh::settings {
namespace {

auto tied(const resilience::timeout_options& t) {
  return std::tie(t.connect, t.first_event, t.idle, t.total, t.head, t.keep_alive);
}
auto tied(const routing::route_condition& c) {
  return std::tie(c.prompt_tokens_min, c.prompt_tokens_max, c.tools, c.images, c.json_schema, c.stream, c.data_class,
                  c.minutes_of_day);
}
bool same(const routing::virtual_model& a, const routing::virtual_model& b) {
  return a.name == b.name && a.data_class == b.data_class &&
         std::equal(a.routes.begin(), a.routes.end(), b.routes.begin(), b.routes.end(),
                    [](const auto& x, const auto& y) { return x.use == y.use && tied(x.when) == tied(y.when); });
}
bool same(const std::vector<routing::virtual_model>& a, const std::vector<routing::virtual_model>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) { return same(x, y); });
}

std::vector<backend_settings> all_slots(const node_settings& s) {
  std::vector<backend_settings> out;
  for (const auto& b : s.backends)
    for (auto& slot : slots_of(b)) out.push_back(std::move(slot));
  return out;
}

void compare_backends(const node_settings& now, const node_settings& next, change& out) {
  const auto before = all_slots(now), after = all_slots(next);
  const auto named = [](const std::vector<backend_settings>& in, const std::string& name) {
    return std::find_if(in.begin(), in.end(), [&](const auto& b) { return b.name == name; });
  };
  for (const auto& b : before)
    if (named(after, b.name) == after.end()) out.backends_removed.push_back(b.name);
  for (const auto& b : after) {
    const auto old = named(before, b.name);
    if (old == before.end())
      out.backends_added.push_back(b.name);
    else if (!(*old == b))
      out.backends_changed.push_back(b.name);
  }
}

}  // namespace

change difference(const node_settings& now, const node_settings& next) {
  change out;
  compare_backends(now, next, out);
  const auto note = [](std::vector<std::string>& list, bool differs, const char* key) {
    if (differs) list.emplace_back(key);
  };
  note(out.needs_restart, !(now.node == next.node), "node");
  note(out.needs_restart, !(now.listen == next.listen), "listen");
  note(out.needs_restart, now.data_dir != next.data_dir, "data_dir");
  note(out.needs_restart, now.threads != next.threads, "threads");
  note(out.changed, now.discovery_local != next.discovery_local, "discovery");
  note(out.changed, !out.backends_added.empty() || !out.backends_removed.empty() || !out.backends_changed.empty(), "backends");
  const bool keeps_classes = now.in_mesh && !(now.data_classes == next.data_classes);
  note(keeps_classes ? out.needs_restart : out.changed, !(now.data_classes == next.data_classes), "data_classes");
  note(keeps_classes ? out.needs_restart : out.changed, !same(now.models, next.models), "models");
  note(out.needs_restart, now.auth.mode != next.auth.mode, "auth.mode");
  note(out.needs_restart, !(now.store == next.store), "store");
  note(out.needs_restart, !(now.keep == next.keep), "usage and audit");
  note(out.changed, now.auth.allow_open != next.auth.allow_open, "auth");
  note(out.changed, !(now.limits == next.limits), "limits");
  note(out.changed, tied(now.timeouts) != tied(next.timeouts), "timeouts");
  note(out.changed, now.commit_patience != next.commit_patience, "commit");
  note(out.changed, now.drain_timeout != next.drain_timeout, "drain_timeout");
  note(out.changed, now.cors_origins != next.cors_origins, "cors");
  note(out.changed, !(now.log == next.log), "log");
  return out;
}

node_settings applicable(const node_settings& now, node_settings next) {
  next.node = now.node;
  next.listen = now.listen;
  next.data_dir = now.data_dir;
  next.threads = now.threads;
  next.auth.mode = now.auth.mode;
  next.store = now.store;
  next.keep = now.keep;
  // In a mesh they are everybody's: clearances, and what other nodes were told, hang on them. The models' levels are places among them.
  if (now.in_mesh && !(now.data_classes == next.data_classes)) {
    next.data_classes = now.data_classes;
    next.models = now.models;
  }
  next.in_mesh = now.in_mesh;
  next.join_token = now.join_token;
  return next;
}

}  // namespace edgemesh::settings
