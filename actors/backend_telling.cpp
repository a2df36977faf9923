// What a backend's actor does with what others say about the backend, and what it tells them.
#include <algorithm>
#include <caf/all.hpp>

#include "actors/backend_state.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {

namespace {

/// Outcomes after which a probe finds out more than waiting does.
bool calls_for_a_probe(attempt_cause c) noexcept {
  return is_connection_loss(c) || c == attempt_cause::loading ||
         c == attempt_cause::model_missing || c == attempt_cause::unsupported || c == attempt_cause::garbage;
}

}  // namespace

// Whoever waits for a probe gets nothing instead of silence: dropping the slots tells them.
backend_state::~backend_state() = default;

void backend_state::on_attempt(const http::attempt_outcome& o) {
  const auto t = now();
  if (o.cause == attempt_cause::ok) breaker_.succeeded(t);
  else breaker_.failed(o.cause, t);
  const bool asks_for_a_pause = o.cause == attempt_cause::rate_limited || o.cause == attempt_cause::overloaded;
  if (asks_for_a_pause && o.retry_after)
    cell_->blocked_until.store(to_ticks(t + std::clamp(*o.retry_after, seconds(1), seconds(60))), std::memory_order_relaxed);
  if (o.usage_rejected && asks_usage_) {
    asks_usage_ = false;
    row_is_stale_ = true;
  }
  if (!o.missing_model.empty() && catalogue_.missed(o.missing_model)) row_is_stale_ = true;
  if (o.cause == attempt_cause::loading) health_.probed({.seen = backend_health::warming});
  const bool may_be_old = credential_changed_ && t < *credential_changed_ + deps_.options.old_credential;
  if (o.cause == attempt_cause::auth_failed && may_be_old) {
    probe_soon();  // with the new one
  } else if (o.cause == attempt_cause::auth_failed) {
    // No probe at once: a public model list would say "ready" while each request is refused.
    health_.probed({.seen = backend_health::misconfigured});
    detail_ = "refuses our credential";
    schedule_probe();
  }
  if (calls_for_a_probe(o.cause)) probe_soon();
  if (is_connection_loss(o.cause) && next_resolve_ != instant::max())
    next_resolve_ = std::min(next_resolve_, last_resolve_ + deps_.options.resolve_interval_min);
  tell();
  arm();
}

void backend_state::on_drain(const drain_backend& m) {
  const bool was = cell_->draining.exchange(m.is_draining);
  if (was != m.is_draining)
    log::info(m.is_draining ? "backend_draining" : "backend_enabled", {{"backend", deps_.spec.settings.name}});
  if (!m.is_draining) breaker_.reset();  // the operator says that it is fine
  tell();
  m.reply.complete(view());
}

void backend_state::on_probe_asked(const probe_backend& m) {
  if (probe_waiters_.size() >= waiters_max) return m.reply.complete(view());
  probe_waiters_.push_back(m.reply);
  if (probe_run_ == 0) begin_probe();
  if (probe_run_ == 0 && resolve_run_ == 0 && builder_) resolve_names();
  arm();
}

void backend_state::on_reconfigure(const reconfigure_backend& m) {
  if (m.spec == deps_.spec) return;
  const auto &before = deps_.spec.settings, &next = m.spec.settings;
  if (before.api_key != next.api_key || before.headers != next.headers) credential_changed_ = now();
  deps_.spec = m.spec;
  if (deps_.spec.settings.kind != backend_kind::automatic) kind_ = deps_.spec.settings.kind;
  if (deps_.spec.settings.concurrency) cell_->concurrency.store(*deps_.spec.settings.concurrency);
  else cell_->concurrency.store(0), learn_load(load_);
  asks_usage_ = true;
  build_target();
  catalogue_.configured(deps_.spec.settings, kind_);
  row_is_stale_ = true;
  probe_run_ = 0;  // what runs now asks with the old settings: its answer is not waited for
  next_probe_ = now();
  if (next_resolve_ <= now()) resolve_names();
  begin_probe();
  tell();
  arm();
}

backend_view_ptr backend_state::view() const {
  auto v = std::make_shared<backend_view>();
  const auto& s = deps_.spec;
  v->name = s.settings.name;
  v->url = s.settings.url.to_string();
  v->kind = kind_;
  v->health = health_.health();
  v->breaker = breaker_.machine().state();
  v->breaker_cause = breaker_.machine().last_cause();
  v->detail = detail_;
  v->version = version_;
  v->data_class = s.data_class_name;
  v->id = s.settings.id;
  v->offer = s.settings.offer;
  v->prices = s.settings.prices;
  v->is_draining = cell_->draining.load(std::memory_order_relaxed);
  v->is_discovered = s.is_discovered;
  v->models = catalogue_.offers();
  v->last_probe = last_probe_;
  v->latency = latency_;
  v->load = load_;
  v->cell = cell_;
  return v;
}

void backend_state::tell() {
  const appearance is{health_.health(), breaker_.machine().state()};
  cell_->health.store(is.health, std::memory_order_relaxed);
  const bool is_away = is.health == backend_health::down || is.health == backend_health::misconfigured;
  if (!is_away) away_since_.reset();
  else if (!away_since_) away_since_ = now();
  tell_log(is);
  if (!row_is_stale_) return caf::anon_send(deps_.directory, backend_seen{view()});
  row_is_stale_ = false;
  auto row = std::make_shared<routing::backend_row>();
  const auto& s = deps_.spec.settings;
  row->name = s.name;
  row->node = deps_.spec.node;
  row->kind = kind_;
  row->priority = s.priority;
  row->data_class = deps_.spec.data_class;
  row->data_class_configured = s.data_class.has_value();
  row->remote_media = builder_ && builder_->remote_media();
  row->allow_fields = s.allow_fields;
  // Without a kind nobody knows how to speak to it, without a target not where.
  if (kind_ != backend_kind::automatic && builder_) row->models = catalogue_.offers();
  auto& own = row->paths.emplace_back();
  own.node = deps_.spec.node;
  own.target = builder_ ? builder_->target() : nullptr;
  row->cell = cell_;
  row->asks_usage = asks_usage_;
  row->prices = s.prices;
  caf::anon_send(deps_.directory, backend_listed{std::move(row), view()});
}

void backend_state::tell_log(const appearance& is) {
  if (is == seen_) return;
  const auto& who = deps_.spec.settings.name;
  if (is.health != seen_.health) {
    const auto level = is.health == backend_health::ready ? log::level::info : log::level::warn;
    log::write(level, "backend_" + std::string(name_of(is.health)),
               {{"backend", who}, {"was", name_of(seen_.health)}, {"detail", detail_}});
  }
  if (is.breaker != seen_.breaker)
    log::info("backend_breaker", {{"backend", who},
                                  {"breaker", name_of(is.breaker)},
                                  {"cause", name_of(breaker_.machine().last_cause())}});
  seen_ = is;
}

void backend_state::tell_vanished() {
  if (!deps_.spec.is_discovered || !away_since_) return;
  // Something else that answers on the port is found again as what it is.
  const bool is_other = health_.health() == backend_health::misconfigured;
  if (is_other || now() >= *away_since_ + deps_.options.vanish_time) {
    caf::anon_send(deps_.keeper, backend_vanished{deps_.spec.settings.name});
    away_since_ = now();
  }
}

}  // namespace edgemesh::actors
