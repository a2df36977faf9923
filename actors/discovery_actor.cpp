#include <caf/all.hpp>

#include "actors/discovery_state.hpp"
#include "actors/runtime/house_rules.hpp"

namespace edgemesh::actors {

discovery_actor::behavior_type discovery(discovery_actor::stateful_pointer<discovery_state> self, discovery_deps deps) {
  adopt_house_rules(self);
  self->state.start(std::move(deps));
  return {
      [self](const look_now& m) { self->state.on_look(m); },
      [self](const look_due& m) { self->state.on_due(m); },
      [self](const scan_ended& m) { self->state.on_scan(m); },
      [self](const endpoints_claimed& m) { self->state.on_claimed(m); },
      [self](const discovery_switched& m) { self->state.on_switched(m); },
  };
}

discovery_actor spawn_discovery(actor_home home, discovery_deps deps) {
  return spawn_on<discovery_actor, discovery_state>(home, discovery, std::move(deps));
}

void discovery_state::start(discovery_deps deps) {
  deps_ = std::move(deps);
  rng_ = random_source(deps_.seed);
  if (deps_.is_on) scan();
}

void discovery_state::on_look(const look_now& m) {
  if (!deps_.is_on) return;  // dropping the hold is the answer
  const bool is_too_soon = has_scanned_ && self_->clock().now() < last_scan_ + deps_.options.look_interval_min;
  if (run_ == 0 && is_too_soon) return;
  if (m.hold && holds_.size() < holds_max) holds_.push_back(m.hold);
  if (run_ == 0) scan();
}

void discovery_state::on_due(const look_due& m) {
  if (m.alarm == alarm_ && deps_.is_on && run_ == 0) scan();
}

void discovery_state::scan() {
  run_ = ++runs_;
  ++alarm_;
  auto claimed = deps_.claimed;
  claimed.insert(claimed.end(), taken_.begin(), taken_.end());
  deps_.scan(std::move(claimed), [me = discovery_actor(self_), run = run_](std::vector<found_endpoint> found) {
    caf::anon_send(me, scan_ended{run, std::move(found)});
  });
}

void discovery_state::on_scan(const scan_ended& m) {
  if (m.run != run_) return;
  run_ = 0;
  has_scanned_ = true;
  last_scan_ = self_->clock().now();
  std::vector<found_endpoint> backends;
  for (const auto& f : m.found)
    if (!f.result->report.is_edgemesh && f.result->report.kind != backend_kind::automatic) backends.push_back(f);
  auto holds = std::exchange(holds_, {});
  // The holds travel with what was found, so that whoever waits is answered after the new backends are known.
  if (deps_.is_on && !backends.empty()) caf::anon_send(deps_.keeper, endpoints_found{std::move(backends), std::move(holds)});
  schedule();
}

void discovery_state::schedule() {
  if (!deps_.is_on) return;
  const double factor = 1.0 + deps_.options.jitter * (2.0 * rng_.uniform() - 1.0);
  const auto pause = nanoseconds(static_cast<nanoseconds::rep>(static_cast<double>(nanoseconds(deps_.options.interval).count()) * factor));
  self_->delayed_send(self_, pause, look_due{++alarm_});
}

void discovery_state::on_claimed(const endpoints_claimed& m) { taken_ = m.endpoints; }

void discovery_state::on_switched(const discovery_switched& m) {
  if (deps_.is_on == m.is_on) return;
  deps_.is_on = m.is_on;
  if (deps_.is_on && run_ == 0) scan();
}

}  // namespace edgemesh::actors
