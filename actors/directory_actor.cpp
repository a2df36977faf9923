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
  backends_[m.row->name] = {m.row, m.view};
  changed();
}

void directory_state::on_seen(const backend_seen& m) {
  if (const auto at = backends_.find(m.view->name); at != backends_.end()) at->second.view = m.view;
}

void directory_state::on_unlisted(const backend_unlisted& m) {
  if (backends_.erase(m.name) > 0) changed();
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
  std::vector<std::shared_ptr<const routing::backend_row>> rows;
  for (const auto& [_, e] : backends_) rows.push_back(e.row);
  deps_.publish(std::make_shared<const routing::route_table>(++version_, deps_.configured.classes, std::move(rows),
                                                             deps_.configured.virtual_models));
  const auto waiting = std::exchange(waiting_, {});
  for (const auto& w : waiting) w.reply.complete(version_);
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
