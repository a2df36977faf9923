// When a backend's actor probes and resolves, and what it makes of the answers.
#include <algorithm>
#include <caf/all.hpp>

#include "actors/backend_state.hpp"

namespace edgemesh::actors {

instant backend_state::now() const { return self_->clock().now(); }

void backend_state::start(backend_deps deps) {
  deps_ = std::move(deps);
  rng_ = random_source(deps_.seed);
  kind_ = deps_.spec.settings.kind;
  next_probe_ = now();
  build_target();
  catalogue_.configured(deps_.spec.settings, kind_);
  cell_->concurrency.store(deps_.spec.settings.concurrency.value_or(0));
  if (deps_.first) {
    judge(*deps_.first);
    schedule_probe();
  }
  tell();
  on_wake({alarm_});
}

void backend_state::build_target() {
  auto made = target_builder::make(deps_.spec.settings);
  if (!made) {
    builder_.reset();
    health_.probed({.seen = backend_health::misconfigured});
    detail_ = made.error().message;
    return;
  }
  // A new configuration of the same name keeps the addresses until they are looked up again.
  std::vector<ip_address> known;
  const bool is_same_name = builder_ && builder_->dialled() == made->dialled();
  if (!is_same_name) resolve_run_ = 0;  // a lookup that runs asks for the old name
  if (is_same_name)
    for (const auto& e : builder_->addresses()) known.push_back(e.address);
  builder_.emplace(std::move(*made));
  builder_->edgemesh_recognised(is_edgemesh_);
  if (!builder_->has_addresses()) builder_->addresses_found(known);
  const bool is_literal = parse_ip(builder_->dialled().host).has_value();
  next_resolve_ = is_literal ? instant::max() : now();
  if (is_literal) anon_send(deps_.keeper, addresses_known{deps_.spec.settings.name, builder_->addresses()});
  row_is_stale_ = true;
}

void backend_state::on_wake(const wake_up& m) {
  if (m.alarm != alarm_) return;
  alarm_at_ = instant::max();
  const auto t = now();
  breaker_.tick(t);
  if (t >= next_resolve_) resolve_names();
  if (t >= next_probe_) begin_probe();
  tell();
  tell_vanished();
  arm();
}

void backend_state::resolve_names() {
  if (resolve_run_ != 0 || !builder_) return;
  resolve_run_ = ++runs_;
  last_resolve_ = now();
  next_resolve_ = last_resolve_ + deps_.options.resolve_interval;
  deps_.resolve(deps_.spec.settings.name, builder_->dialled().host,
                [me = backend_actor(self_), run = resolve_run_](result<std::vector<ip_address>> r) {
                  caf::anon_send(me, names_resolved{run, std::move(r)});
                });
}

void backend_state::on_names(const names_resolved& m) {
  if (m.run != resolve_run_) return;
  resolve_run_ = 0;
  const bool had_none = builder_ && !builder_->has_addresses();
  if (!m.answer) {
    next_resolve_ = now() + deps_.options.resolve_interval_min;
    if (had_none) fail_unreachable((deps_.spec.settings.proxy ? "the proxy: " : "") + m.answer.error().message);
  } else if (builder_ && builder_->addresses_found(*m.answer)) {
    row_is_stale_ = true;
    if (!deps_.spec.settings.proxy) caf::anon_send(deps_.keeper, addresses_known{deps_.spec.settings.name, builder_->addresses()});
    if (had_none) next_probe_ = now();
    else probe_soon();
  }
  if (builder_ && builder_->has_addresses() && now() >= next_probe_) begin_probe();
  tell();
  arm();
}

void backend_state::fail_unreachable(std::string detail) {
  health_.probed({.seen = backend_health::down, .is_refused = true});
  detail_ = std::move(detail);
  last_probe_ = now();
  schedule_probe();
  const auto waiters = std::exchange(probe_waiters_, {});
  for (const auto& w : waiters) w.complete(view());
}

void backend_state::begin_probe() {
  if (probe_run_ != 0) {
    probe_again_ = true;
    return;
  }
  if (!builder_ || !builder_->has_addresses()) {
    next_probe_ = instant::max();  // on_names() goes on, or a new configuration
    if (builder_) return;
    const auto waiters = std::exchange(probe_waiters_, {});
    for (const auto& w : waiters) w.complete(view());
    return;
  }
  probe_again_ = false;
  probe_run_ = ++runs_;
  next_probe_ = instant::max();
  const auto& asked = deps_.spec.settings.kind;
  const bool is_lost = asked == backend_kind::automatic && health_.health() != backend_health::ready;
  deps_.probe({builder_->target(), is_lost ? backend_kind::automatic : kind_, memory_},
              [me = backend_actor(self_), run = probe_run_](std::shared_ptr<const probe_result> r) {
                caf::anon_send(me, probe_ended{run, std::move(r)});
              });
}

void backend_state::on_probe(const probe_ended& m) {
  if (m.run != probe_run_) return;
  probe_run_ = 0;
  judge(*m.result);
  schedule_probe();
  if (!m.result->is_answered && next_resolve_ != instant::max())
    next_resolve_ = std::min(next_resolve_, last_resolve_ + deps_.options.resolve_interval_min);
  tell();
  tell_vanished();
  const auto waiters = std::exchange(probe_waiters_, {});
  for (const auto& w : waiters) w.complete(view());
  if (probe_again_) probe_soon();
  arm();
}

void backend_state::judge(const probe_result& r) {
  const auto successes = cell_->successes.load(std::memory_order_relaxed);
  const auto before = health_.health();
  health_.probed({.seen = r.report.health == backend_health::unknown ? backend_health::down : r.report.health,
                  .is_refused = r.is_refused,
                  .has_traffic = successes != successes_seen_});
  successes_seen_ = successes;
  last_probe_ = now();
  latency_ = r.latency;
  detail_ = r.report.detail;
  if (r.is_answered) learn(r.report);
  if (r.report.health == backend_health::ready) breaker_.probe_succeeded(now());
  if (before == backend_health::down && health_.health() == backend_health::ready)
    caf::anon_send(deps_.keeper, backend_recovered{deps_.spec.settings.name});
}

void backend_state::learn(const dialects::probe_report& r) {
  if (r.kind != backend_kind::automatic && deps_.spec.settings.kind == backend_kind::automatic && kind_ != r.kind) {
    kind_ = r.kind;
    row_is_stale_ = true;
    catalogue_.configured(deps_.spec.settings, kind_);
  }
  if (!r.version.empty()) version_ = r.version;
  if (r.health == backend_health::ready && r.is_edgemesh != is_edgemesh_) {
    is_edgemesh_ = r.is_edgemesh;
    if (builder_) builder_->edgemesh_recognised(is_edgemesh_);
    row_is_stale_ = true;
  }
  if (r.models_known && catalogue_.listed(r.models, deps_.spec.settings, kind_)) row_is_stale_ = true;
  learn_load(r.load);
}

void backend_state::learn_load(const load_report& load) {
  load_ = load;
  cell_->reported_waiting.store(load.waiting.value_or(0), std::memory_order_relaxed);
  cell_->slots.store(load.slots.value_or(0), std::memory_order_relaxed);
}

void backend_state::schedule_probe() {
  auto pause = health_.next_probe(rng_);
  if (breaker_.machine().state() != breaker_state::closed) pause = std::min(pause, deps_.options.broken_interval);
  next_probe_ = now() + pause;
}

void backend_state::probe_soon() {
  const auto soonest = last_probe_ ? *last_probe_ + deps_.options.probe_interval_min : now();
  if (probe_run_ != 0) probe_again_ = true;
  else next_probe_ = std::min(next_probe_, std::max(now(), soonest));
}

void backend_state::arm() {
  auto at = std::min(next_probe_, next_resolve_);
  const auto& b = breaker_.machine();
  if (b.state() == breaker_state::open) at = std::min(at, b.open_until());
  if (away_since_ && deps_.spec.is_discovered) at = std::min(at, *away_since_ + deps_.options.vanish_time);
  if (at == instant::max() || (alarm_at_ != instant::max() && alarm_at_ <= at)) return;
  alarm_at_ = at;
  const auto pause = std::max<steady_clock::duration>(at - now(), milliseconds(1));
  self_->delayed_send(self_, pause, wake_up{++alarm_});
}

}  // namespace edgemesh::actors
