#include "http/model_list.hpp"

#include <algorithm>
#include <set>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "json/writer.hpp"
#include "openai/nearest_models.hpp"
#include "routing/constraints.hpp"

namespace edgemesh::http {
namespace {

using routing::route_table;

constexpr std::int64_t created_unknown = 1735689600;  // 2025-01-01: the same on every node and day
constexpr std::string_view own_name = "edgemesh";
constexpr std::size_t id_length_max = 512;

/// What is known of one public id over all its offers.
struct merged_model {
  std::set<std::string_view> owners, backends, nodes;  // sorted and unique
  capability_set capabilities;
  std::optional<std::int64_t> context_length;
  std::optional<bool> loaded;
  std::int64_t created = 0;

  void add(const routing::candidate& c) {
    const auto& m = *c.model;
    if (!m.owned_by.empty()) owners.insert(m.owned_by);
    backends.insert(c.backend->name);
    if (const auto node = routing::node_of(c.path, *c.backend); !node.empty()) nodes.insert(node);
    for (int i = 0; i < capability_count; ++i)
      if (m.capabilities.has(static_cast<capability>(i))) capabilities.set(static_cast<capability>(i), true);
    if (m.context_length) context_length = std::max(context_length.value_or(0), *m.context_length);
    if (m.loaded) loaded = loaded.value_or(false) || *m.loaded;
    if (m.created > 0) created = created == 0 ? m.created : std::min(created, m.created);
  }
};

/// `seen`: names on the way; one that comes again means the real model of that name, as it does when routing.
void gather(const route_table& table, std::string_view name, const routing::access* asker, std::set<std::string_view>& seen,
            merged_model& into) {
  const bool first_time = seen.insert(name).second;
  if (const auto* v = first_time ? table.find_virtual(name) : nullptr) {
    for (const auto& route : v->routes) gather(table, route.use, asker, seen, into);
    return;
  }
  auto offers = table.candidates_for(name);
  routing::pin pinned{{}, {}, name};
  if (offers.empty()) {
    pinned = routing::parse_pin(name);
    offers = table.candidates_for(pinned.model);
  }
  for (const auto& c : offers)
    if (pinned.fits(c) && routing::is_open_to(asker, c)) into.add(c);
}

void add_names(json::writer& w, std::string_view key, const std::set<std::string_view>& names) {
  w.key(key).begin_array();
  for (const auto name : names) w.string(name);
  w.end_array();
}

void write_entry(json::writer& w, const route_table& table, std::string_view id, const routing::access* asker) {
  merged_model m;
  std::set<std::string_view> seen;
  gather(table, id, asker, seen, m);
  const bool is_virtual = table.find_virtual(id) != nullptr;
  const auto owner = is_virtual || m.owners.empty() ? own_name : *m.owners.begin();
  w.begin_object().member("id", id).member("object", "model");
  w.member("created", is_virtual || m.created == 0 ? created_unknown : m.created).member("owned_by", owner);
  w.key("context_length");
  if (m.context_length) w.integer(*m.context_length);
  else w.null();
  w.key("capabilities").begin_array();
  for (const auto name : m.capabilities.names()) w.string(name);
  w.end_array();
  w.key("loaded");
  if (m.loaded) w.boolean(*m.loaded);
  else w.null();
  add_names(w, "backends", m.backends);
  add_names(w, "nodes", m.nodes);
  w.member("virtual", is_virtual).end_object();
}

std::vector<std::string> names_for(const route_table& table, const routing::access* asker) {
  auto names = table.model_names();
  if (asker != nullptr) std::erase_if(names, [&](const std::string& n) { return !asker->may_see(n); });
  return names;
}

std::optional<int> hex(char c) noexcept {
  const char l = ascii::lower(c);
  if (ascii::is_digit(l)) return l - '0';
  if (l >= 'a' && l <= 'f') return l - 'a' + 10;
  return std::nullopt;
}

}  // namespace

std::string model_list_body(const route_table& table, const routing::access* asker) {
  std::string out;
  json::writer w(out);
  w.begin_object().member("object", "list").key("data").begin_array();
  for (const auto& name : names_for(table, asker)) write_entry(w, table, name, asker);
  w.end_array().end_object();
  return out;
}

openai::api_result<std::string> model_body(const route_table& table, std::string_view id, const routing::access* asker) {
  std::string_view listed = id;
  if (table.find_virtual(id) == nullptr) {
    const auto offers = table.candidates_for(id);
    if (offers.empty()) {
      const std::string wanted(id.substr(0, id_length_max));
      return openai::model_not_found(wanted, openai::nearest_models(wanted, names_for(table, asker)));
    }
    // `llama3` is answered by the entry `llama3:latest`, unless somebody offers it by just that name.
    const bool exact = std::any_of(offers.begin(), offers.end(), [&](const auto& c) { return c.model->name == id; });
    if (!exact) listed = offers.front().model->name;
  }
  if (asker != nullptr && !asker->may_see(listed)) {
    const std::string wanted(id.substr(0, id_length_max));
    return openai::model_not_found(wanted, openai::nearest_models(wanted, names_for(table, asker)));
  }
  std::string out;
  json::writer w(out);
  write_entry(w, table, listed, asker);
  return out;
}

std::optional<std::string> model_id_from_path(std::string_view rest) {
  if (rest.empty() || rest.size() > 3 * id_length_max) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] != '%') {
      out += rest[i];
      continue;
    }
    const auto high = i + 2 < rest.size() ? hex(rest[i + 1]) : std::nullopt;
    const auto low = i + 2 < rest.size() ? hex(rest[i + 2]) : std::nullopt;
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  if (out.size() > id_length_max || !utf8::valid(out)) return std::nullopt;
  return out;
}

}  // namespace edgemesh::http
