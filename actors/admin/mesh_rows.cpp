#include "actors/admin/mesh_rows.hpp"

#include <algorithm>
#include <map>

#include "actors/admin/price_page.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"
#include "json/writer.hpp"

namespace edgemesh::actors {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// The shortest way to each node, as routing has it: every backend of a node is reached alike.
class ways {
 public:
  explicit ways(const routing::route_table& table) {
    for (const auto& row : table.backends())
      for (const auto& p : row->paths) {
        if (p.local) continue;
        const auto [at, is_new] = shortest_.try_emplace(p.node, &p);
        if (!is_new && p.hops < at->second->hops) at->second = &p;
      }
  }
  const routing::backend_path* to(std::string_view node) const {
    const auto at = shortest_.find(node);
    return at == shortest_.end() ? nullptr : at->second;
  }

 private:
  std::map<std::string_view, const routing::backend_path*> shortest_;
};

/// How far the owner's clock runs ahead of this node's, where a hello told; its stamps are of its clock.
std::int64_t clock_ahead_of(const node_key& owner, const mesh_picture& p) {
  for (const auto& l : p.links)
    if (l.peer == owner && l.clock_ahead) return l.clock_ahead->count();
  return 0;
}

std::optional<microseconds> round_trip_to(const node_key& owner, const mesh_picture& p) {
  for (const auto& m : p.membership.members)
    if (m.key == owner) return m.round_trip;
  return std::nullopt;
}

void write_way(json::writer& w, const replication::remote_backend& b, const routing::backend_path* way, const mesh_picture& p) {
  w.key("path").begin_object().member("state", way == nullptr ? "none" : way->cell && way->cell->down_since.load(relaxed) != 0 ? "down" : "up");
  if (way != nullptr) w.member("hops", way->hops);
  if (way != nullptr && !way->via.empty()) w.member("via", way->via);
  if (const auto rtt = round_trip_to(b.owner, p)) w.key("rtt_ms").thousandths(rtt->count());
  w.end_object();
}

void write_load(json::writer& w, const proto::backend_load& load) {
  w.member("in_flight", load.in_flight).member("concurrency", load.concurrency);
  w.key("load").begin_object().member("waiting", load.waiting).key("slots");
  if (load.slots > 0) w.integer(load.slots);
  else w.null();
  w.end_object();
}

void write_prices(json::writer& w, const proto::backend_content& content) {
  if (content.prices.empty()) return;
  w.key("prices").begin_object();
  for (const auto& p : content.prices) write_price(w, p.model, {p.input, p.cached_input, p.output, p.request});
  w.end_object();
}

void write_backend(json::writer& w, const replication::remote_backend& b, const routing::backend_path* way, const mesh_frame& f) {
  const auto& o = b.body;
  w.begin_object().member("name", b.node + "/" + o.name).member("node", b.node).member("site", b.site).member("kind", name_of(o.kind));
  w.member("health", name_of(o.health)).member("breaker", name_of(o.is_open ? breaker_state::closed : breaker_state::open));
  w.member("detail", b.content ? "" : "its list of models has not arrived yet");
  w.member("data_class", f.routes.classes().name_of(b.data_class)).member("draining", o.is_draining);
  write_load(w, o.load);
  w.key("models").begin_array();
  if (b.content)
    for (const auto& m : b.content->models) w.string(m.name);
  w.end_array().member("source", "mesh").member("id", o.id).member("offer", name_of(o.offer)).member("priority", o.priority);
  if (b.content) write_prices(w, *b.content);
  write_way(w, b, way, f.picture);
  w.member("said_at", timestamp_of(b.stamp_ms));
  w.member("age_ms", std::max<std::int64_t>(0, f.wall_ms - (b.stamp_ms - clock_ahead_of(b.owner, f.picture)))).end_object();
}

/// This node's own row, with what rows of other nodes have.
std::string own_row(json::value row, const std::string& node, const std::string& site) {
  std::string out;
  json::writer w(out);
  w.begin_object().member("name", row["name"].text_or("")).member("node", node).member("site", site);
  for (const auto& m : row.members())
    if (!m.key.equals("name")) w.key(m.key.text().value_or("")).raw(m.val.raw());
  w.key("path").begin_object().member("state", "up").member("hops", 0).end_object();
  if (!row["last_probe_ms_ago"].absent_or_null()) w.key("age_ms").raw(row["last_probe_ms_ago"].raw());
  w.end_object();
  return out;
}

const replication::member* self_in(const mesh_picture& p) {
  const auto at = std::find_if(p.mesh.members.begin(), p.mesh.members.end(), [&](const auto& m) { return m.key == p.mesh.self; });
  return at == p.mesh.members.end() ? nullptr : &*at;
}

void write_offer(json::writer& w, json::value row, std::string_view model) {
  w.begin_object();
  for (const auto key : {"name", "node", "site", "health", "draining", "data_class", "in_flight", "concurrency", "age_ms"})
    if (const auto v = row[key]) w.key(key == std::string_view("name") ? "backend" : key).raw(v.raw());
  if (const auto price = row["prices"][model]) w.key("price").raw(price.raw());
  w.end_object();
}

}  // namespace

std::string own_name_in(const mesh_picture& p) {
  const auto* self = self_in(p);
  return self == nullptr ? "" : self->name;
}

std::string backends_of_mesh(std::string_view own, const mesh_frame& f) {
  const ways all(f.routes);
  const auto* self = self_in(f.picture);
  std::string out;
  json::writer w(out);
  w.begin_object().key("data").begin_array();
  for (const auto& row : json::value::first_in(own)["data"].elements())
    w.raw(own_row(row, self == nullptr ? "" : self->name, self == nullptr ? "" : self->site));
  for (const auto& b : f.picture.mesh.view->backends) write_backend(w, b, all.to(b.node), f);
  w.end_array().end_object();
  return out;
}

std::string backend_of_mesh(std::string_view full_name, const mesh_frame& f) {
  for (const auto& b : f.picture.mesh.view->backends) {
    if (b.node + "/" + b.body.name != full_name) continue;
    std::string out;
    json::writer w(out);
    write_backend(w, b, ways(f.routes).to(b.node), f);
    return out;
  }
  return "";
}

std::vector<std::string> full_names_of(std::string_view name, const mesh_picture& p) {
  std::vector<std::string> names;
  for (const auto& b : p.mesh.view->backends)
    if (b.body.name == name) names.push_back(b.node + "/" + b.body.name);
  return names;
}

std::string models_of_mesh(std::string_view list, std::string_view backends) {
  std::map<std::string, std::vector<json::value>> offers;
  for (const auto& row : json::value::first_in(backends)["data"].elements())
    for (const auto& model : row["models"].elements()) offers[model.text_or("")].push_back(row);
  std::string out;
  json::writer w(out);
  const auto root = json::value::first_in(list);
  w.begin_object().member("object", "list").key("data").begin_array();
  for (const auto& model : root["data"].elements()) {
    w.begin_object();
    for (const auto& m : model.members()) w.key(m.key.text().value_or("")).raw(m.val.raw());
    w.key("offers").begin_array();
    if (model["virtual"].boolean() != true)
      for (const auto& row : offers[model["id"].text_or("")]) write_offer(w, row, model["id"].text_or(""));
    w.end_array().end_object();
  }
  w.end_array().end_object();
  return out;
}

}  // namespace edgemesh::actors
