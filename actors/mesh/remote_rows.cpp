#include "actors/mesh/remote_rows.hpp"

#include <algorithm>
#include <tuple>

namespace edgemesh::actors {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// '/' is in no name.
std::string key_of(const replication::remote_backend& b) { return b.body.id.empty() ? b.node + "/" + b.body.name : "/" + b.body.id; }

bool serves(const replication::remote_backend& b) { return b.content != nullptr && !b.body.is_draining && b.body.is_open; }

/// What its owner may have there, or what of the backend's limit it has.
bool is_full(const proto::backend_body& b) {
  const int limit = b.claim != 0 ? b.share : b.load.concurrency;
  return (b.claim != 0 || limit > 0) && b.load.in_flight >= limit;
}

/// As the best of its owners sees it: a backend is down when nobody reaches it.
void feed(backend_cell& cell, const std::vector<const replication::remote_backend*>& owners) {
  auto best = owners.front();
  int busy = 0, waiting = 0;
  for (const auto* b : owners) {
    if (serves(*b) && (!serves(*best) || (b->body.health == backend_health::ready && best->body.health != backend_health::ready))) best = b;
    busy += b->body.load.in_flight;
    waiting = std::max(waiting, b->body.load.waiting);
  }
  cell.health.store(best->body.health, relaxed);
  cell.draining.store(best->body.is_draining, relaxed);
  cell.breaker.store(best->body.is_open ? breaker_state::closed : breaker_state::open, relaxed);
  cell.breaker_until.store(best->body.is_open ? 0 : to_ticks(instant::max()), relaxed);  // its owner tries it, nobody else
  cell.concurrency.store(best->body.load.concurrency, relaxed);
  cell.slots.store(best->body.load.slots, relaxed);
  cell.reported_waiting.store(waiting, relaxed);
  cell.others_in_flight.store(std::max(0, busy - cell.in_flight.load(relaxed)), relaxed);
}

// Every field by name, so that a new one does not compile before it is compared too.
auto all_of(const routing::backend_path& p) {
  const auto& [node, site, via, backend, local, hops, relay_class, is_full, distance_ms, target, cell] = p;
  return std::tie(node, site, via, backend, local, hops, relay_class, is_full, distance_ms, target, cell);
}

auto all_but_content_and_paths(const routing::backend_row& r) {
  const auto& [name, node, kind, priority, data_class, remote_media, allow_fields, models, paths, cell, asks_usage, data_class_configured, prices] = r;
  (void)models, (void)prices, (void)paths;
  return std::tie(name, node, kind, priority, data_class, remote_media, allow_fields, cell, asks_usage, data_class_configured);
}

bool is_same_but_content(const routing::backend_row& a, const routing::backend_row& b) {
  return all_but_content_and_paths(a) == all_but_content_and_paths(b) &&
         std::ranges::equal(a.paths, b.paths, [](const auto& x, const auto& y) { return all_of(x) == all_of(y); });
}

}  // namespace

std::vector<remote_row> remote_rows::update(const replication::mesh_view& view, const path_finder& find, class_level own_clearance) {
  std::map<std::string, std::vector<routing::backend_path>> ways;
  for (const auto& n : view.nodes)
    if (auto found = find(n); !found.empty()) ways.emplace(n.who.name, std::move(found));
  std::map<std::string, std::vector<const replication::remote_backend*>> owners;
  for (const auto& b : view.backends)
    if (b.content && ways.contains(b.node)) owners[key_of(b)].push_back(&b);
  decltype(cells_) cells;
  decltype(made_) rows_made;
  has_changed_ = false;
  std::vector<remote_row> rows;
  for (const auto& [key, list] : owners) {
    const auto known = cells_.find(key);
    const auto cell = known == cells_.end() ? std::make_shared<backend_cell>() : known->second;
    cells.emplace(key, cell);
    const int others = cell->others_in_flight.load(relaxed);
    feed(*cell, list);
    // Of a backend that this node has too the directory keeps the cell: it has to be told.
    if (!list.front()->body.id.empty() && others != cell->others_in_flight.load(relaxed)) has_changed_ = true;
    auto row = make_row(*list.front(), cell);
    row->data_class = std::min(row->data_class, own_clearance);
    for (const auto* b : list) {
      row->data_class = std::min(row->data_class, b->data_class);
      for (auto path : ways.at(b->node)) {
        path.backend = b->body.name == row->name ? "" : b->body.name;
        path.is_full = list.size() > 1 && is_full(b->body);  // where there is no choice of ways it is load alone
        row->paths.push_back(std::move(path));
      }
    }
    const auto& content = list.front()->content;
    const auto last = made_.find(key);
    if (last != made_.end() && last->second.content == content && is_same_but_content(*last->second.row, *row)) {
      rows_made.insert(made_.extract(last));
    } else {
      row->models = content->models;
      for (const auto& p : content->prices) row->prices.emplace(p.model, model_prices{p.input, p.cached_input, p.output, p.request});
      rows_made.emplace(key, made{std::move(row), content});
      has_changed_ = true;
    }
    rows.push_back({list.front()->body.id, rows_made.at(key).row});
  }
  has_changed_ |= !made_.empty();  // what is left in it is gone
  made_ = std::move(rows_made);
  cells_ = std::move(cells);
  return rows;
}

std::shared_ptr<routing::backend_row> remote_rows::make_row(const replication::remote_backend& b, std::shared_ptr<backend_cell> cell) const {
  auto row = std::make_shared<routing::backend_row>();
  row->name = b.body.name;
  row->node = b.node;
  row->kind = b.body.kind;
  row->priority = b.body.priority;
  row->data_class = b.data_class;
  row->data_class_configured = b.body.data_class_configured;
  row->remote_media = b.body.remote_media;
  row->cell = std::move(cell);
  return row;
}

}  // namespace edgemesh::actors
