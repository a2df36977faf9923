#include "http/attempt_scope.hpp"

#include "routing/constraints.hpp"

namespace edgemesh::http {

namespace {

bool is_own(const routing::candidate& c) noexcept { return c.path == nullptr || c.path->local; }

}  // namespace

attempt_scope::pass attempt_scope::enter(const routing::candidate& chosen) {
  using way = in_flight_guard::way;
  const auto& backend = *chosen.backend;
  pass p;
  p.place = in_flight_guard::acquire(backend.cell, is_own(chosen) ? way::own : way::peers);
  if (!p.place || backend.cell->breaker.load(std::memory_order_relaxed) != breaker_state::half_open) return p;
  if (backend.cell->trial_taken.exchange(true, std::memory_order_relaxed)) return {};
  p.trial = backend.cell;
  return p;
}

std::string full_name_of(const routing::candidate& c) {
  if (is_own(c)) return c.backend->name;
  return std::string(routing::node_of(c.path, *c.backend)).append("/").append(routing::name_on(c.path, *c.backend));
}

attempt_scope::attempt_scope(gateway_ports& ports, request_record& record, const routing::candidate& chosen, pass pass)
    : ports_(ports), record_(record), backend_(full_name_of(chosen)), cell_(chosen.backend->cell), pass_(std::move(pass)),
      way_(is_own(chosen) ? nullptr : chosen.path->cell), began_(steady_clock::now()), is_own_(is_own(chosen)) {}

attempt_scope::~attempt_scope() {
  if (!settled_) note(attempt_cause::cancelled, 0);
  if (pass_.trial) pass_.trial->trial_taken.store(false, std::memory_order_relaxed);
}

void attempt_scope::note(attempt_cause cause, int status) {
  settled_ = true;
  pass_.place.release();
  way_.end();
  record_.attempts.push_back({backend_, cause, status, std::chrono::duration_cast<microseconds>(steady_clock::now() - began_)});
}

void attempt_scope::settle(attempt_cause cause, int status, const std::optional<dialects::attempt_failure>& failure,
                           std::string_view model) {
  note(cause, status);
  const bool ok = cause == attempt_cause::ok;
  if (ok) cell_->successes.fetch_add(1, std::memory_order_relaxed);
  // The breaker's owner ends a trial that it learns the outcome of; freed here, others would try before it knows.
  if (!is_own_) return;
  const bool is_reported = ok ? cell_->wants_successes.load(std::memory_order_relaxed) : is_backend_failure(cause);
  if (is_reported) pass_.trial.reset();
  if (is_backend_failure(cause)) cell_->failures.fetch_add(1, std::memory_order_relaxed);
  if (ok && !cell_->wants_successes.load(std::memory_order_relaxed)) return;
  if (cause == attempt_cause::refused_by_gateway) return;
  const bool usage_rejected = failure && failure->usage_rejected;
  if (cause == attempt_cause::bad_request && !usage_rejected) return;
  attempt_outcome outcome{backend_, cause, {}, usage_rejected, {}};
  if (failure) outcome.retry_after = failure->retry_after;
  if (cause == attempt_cause::model_missing) outcome.missing_model = model;
  ports_.attempt_ended(std::move(outcome));
}

}  // namespace edgemesh::http
