#include "actors/mesh/store_actor.hpp"

#include <caf/all.hpp>

#include "actors/runtime/house_rules.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {

namespace {

bool is_written(const result<void>& r) {
  if (!r) log::error("store_failed", {{"reason", r.error().message}});
  return r.has_value();
}

store_actor::behavior_type store_behavior(store_actor::pointer self, std::shared_ptr<store::store> disk) {
  adopt_house_rules(self);
  return {
      [disk](const keep_incarnation& m) {
        m.reply.complete(is_written(store::keep_incarnation(*disk, m.at_least)));
      },
      [disk](const keep_records& m) { (void)is_written(store::save_records(*disk, m.records, store::durability::written)); },
      [disk](const forget_mesh& m) { m.reply.complete(is_written(store::forget_mesh(*disk))); },
      [](const store_done& m) { m.reply.complete(true); },
      [](const make_next_key& m) {
        auto next = net::load_or_make_identity(net::next_identity_file(m.file));
        if (!next) log::error("new_key_failed", {{"reason", next.error().message}});
        m.reply.complete(next ? std::move(*next) : nullptr);
      },
      [disk](const settle_next_key& m) {
        if (!is_written(store::save_records(*disk, {&m.succession, 1}, store::durability::synced))) return m.reply.complete(false);
        const auto settled = net::settle_identity_file(m.file);
        if (!settled) log::error("new_key_failed", {{"reason", settled.error().message}});
        m.reply.complete(settled.has_value());
      },
  };
}

}  // namespace

store_actor spawn_store(caf::actor_system& system, std::shared_ptr<store::store> disk) {
  return system.spawn<caf::detached>(store_behavior, std::move(disk));
}

}  // namespace edgemesh::actors
