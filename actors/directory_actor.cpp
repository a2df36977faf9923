#include <algorithm>
#include <caf/all.hpp>

#include "actors/directory_state.hpp"
#include "actors/runtime/house_rules.hpp"

namespace edgemesh::actors {

directory_actor::behavior_type directory(directory_actor::stateful_pointer<directory_state> self, directory_deps deps) {
  adopt_house_rules(self);
  self->state.start(std::move(deps));
  return {
      [self](const backend_listed& m) { self->state.on_listed(m); },
      [self](const backend_seen& m) { self->state.on_seen(m); },
      [self](const backend_unlisted& m) { self->state.on_unlisted(m); },
      [self](const routes_configured& m) { self->state.on_configured(m); },
      [self](publish_due) { self->state.on_publish_due(); },
      [self](const flush_routes& m) { self->state.on_flush(m); },
      [self](const list_backends& m) { self->state.on_list(m); },
      [self](const remote_rows_told& m) { self->state.on_remote(m); },
  };
}

directory_actor spawn_directory(actor_home home, directory_deps deps) {
  return spawn_on<directory_actor, directory_state>(home, directory, std::move(deps));
}

void directory_state::start(directory_deps deps) {
  deps_ = std::move(deps);
  publish();
}

void directory_state::on_listed(const backend_listed& m) {
  backends_[m.row->name] = {m.row, m.view, true};
  changed();
}

void directory_state::on_seen(const backend_seen& m) {
  if (const auto at = backends_.find(m.view->name); at != backends_.end()) {
    at->second.view = m.view;
    if (!at->second.is_untold) tell_own(at->second);
  }
}

void directory_state::on_unlisted(const backend_unlisted& m) {
  if (backends_.erase(m.name) == 0) return;
  if (deps_.own_backend_gone) deps_.own_backend_gone(m.name);
  changed();
}

void directory_state::on_configured(const routes_configured& m) {
  deps_.configured = m;
  changed();
}

void directory_state::changed() {
  is_dirty_ = true;
  if (is_due_) return;
  const auto due = last_publish_ + deps_.publish_interval;
  const auto now = self_->clock().now();
  if (now >= due) return publish();
  is_due_ = true;
  self_->delayed_send(self_, due - now, publish_due{});
}

void directory_state::on_publish_due() {
  is_due_ = false;
  if (is_dirty_) publish();
}

void directory_state::publish() {
  is_dirty_ = false;
  last_publish_ = self_->clock().now();
  deps_.publish(std::make_shared<const routing::route_table>(++version_, deps_.configured.classes, merged(), deps_.configured.virtual_models,
                                                             std::string(), own_name_.empty() ? deps_.own_site : own_site_));
  // Not before: who hears of a backend sends requests for it at once.
  for (auto& [_, e] : backends_)
    if (e.is_untold) tell_own(e);
  const auto waiting = std::exchange(waiting_, {});
  for (const auto& w : waiting) w.reply.complete(version_);
}

void directory_state::tell_own(entry& e) const {
  e.is_untold = false;
  if (deps_.own_backend_is) deps_.own_backend_is(*e.row, *e.view);
}

void directory_state::on_remote(const remote_rows_told& m) {
  remote_ = m.rows;
  own_name_ = m.own_name;
  own_site_ = m.own_site;
  changed();
}

/// Others ask for this node's backends under the name that they know it by.
std::shared_ptr<const routing::backend_row> directory_state::named(const std::shared_ptr<const routing::backend_row>& own) const {
  if (own_name_.empty() || own->node == own_name_) return own;
  auto renamed = std::make_shared<routing::backend_row>(*own);
  renamed->node = own_name_;
  for (auto& path : renamed->paths) path.node = own_name_;
  return renamed;
}

/// A backend that this node and others list under one id is one row: breaker and concurrency are this node's, the paths everybody's.
std::vector<std::shared_ptr<const routing::backend_row>> directory_state::merged() const {
  std::vector<std::shared_ptr<const routing::backend_row>> rows;
  std::map<std::string, std::shared_ptr<routing::backend_row>> by_id;
  for (const auto& [_, e] : backends_) {
    auto row = named(e.row);
    if (remote_.empty() || e.view->id.empty()) {
      rows.push_back(std::move(row));
      continue;
    }
    auto own = std::make_shared<routing::backend_row>(*row);
    by_id.emplace(e.view->id, own);
    rows.push_back(std::move(own));
  }
  for (const auto& r : remote_) {
    const auto own = r.id.empty() ? by_id.end() : by_id.find(r.id);
    if (own == by_id.end()) {
      rows.push_back(r.row);
      continue;
    }
    for (auto path : r.row->paths) {
      if (path.backend.empty() && r.row->name != own->second->name) path.backend = r.row->name;
      own->second->paths.push_back(std::move(path));
    }
    own->second->data_class = std::min(own->second->data_class, r.row->data_class);
    // What this node has there by others' connections those others count too.
    auto& cell = *own->second->cell;
    const int by_peers = cell.in_flight.load(std::memory_order_relaxed) - cell.own_places.used();
    const int others = r.row->cell->others_in_flight.load(std::memory_order_relaxed) - std::max(0, by_peers);
    cell.others_in_flight.store(std::max(0, others), std::memory_order_relaxed);
  }
  return rows;
}

void directory_state::on_flush(const flush_routes& m) {
  if (is_dirty_) waiting_.push_back(m);
  else m.reply.complete(version_);
}

void directory_state::on_list(const list_backends& m) const {
  std::vector<backend_view_ptr> all;
  for (const auto& [_, e] : backends_) all.push_back(e.view);
  m.reply.complete(std::move(all));
}

}  // namespace edgemesh::actors
