#include "admission/gate.hpp"

#include <algorithm>
#include <utility>

namespace edgemesh::admission {

namespace {

std::string name_of(const policy_holder& h) { return (h.is_group ? "group " : "key ") + (h.name.empty() ? h.id : h.name); }

openai::api_error too_many(std::string message, std::string code, seconds retry_after) {
  openai::api_error e{.status = 429, .message = std::move(message), .type = "rate_limit_error", .code = std::move(code)};
  e.retry_after = retry_after;
  return e;
}

openai::api_error never_fits(std::string message) {
  auto e = too_many(std::move(message), "request_too_large", seconds(60));
  e.never_retry = true;
  return e;
}

/// Of two states the one that leaves less.
void tighten(std::optional<rate_state>& into, std::int64_t limit, const rate_verdict& v) {
  if (!into || v.remaining < into->remaining) into = rate_state{limit, v.remaining, v.reset_after};
}

}  // namespace

ticket& ticket::operator=(ticket&& o) noexcept {
  release();
  places_ = std::move(o.places_);
  charges_ = std::move(o.charges_);
  rates_ = o.rates_;
  return *this;
}

void ticket::settle(std::int64_t tokens, std::int64_t cost, instant now) noexcept {
  for (auto& p : places_) {
    if (p.tokens_per_minute > 0) p.cell->tokens.correct(tokens - p.tokens_taken, p.tokens_per_minute, now);
    p.tokens_per_minute = 0;
  }
  for (auto& c : charges_) c.reservation.settle(c.unit == budget_unit::money ? cost : tokens);
  release();
}

void ticket::release() noexcept {
  for (auto& p : places_)
    if (p.holds_concurrency) p.cell->in_flight.fetch_sub(1, std::memory_order_relaxed);
  places_.clear();
  charges_.clear();
}

/// One walk over all limits of a request: takes, and gives everything back when it does not get to the end.
class gate_walk {
 public:
  gate_walk(const key_entry& key, const gate_question& q) : key_(key), q_(q) {}

  openai::api_result<ticket> run() {
    ticket_.places_.reserve(key_.holders.size());
    ticket_.charges_.reserve(key_.holders.size());
    for (const auto& holder : key_.holders) {
      if (auto e = pass(*holder)) {
        undo();
        return std::move(*e);
      }
    }
    return std::move(ticket_);
  }

 private:
  using refusal = std::optional<openai::api_error>;

  refusal pass(const policy_holder& h) {
    if (h.terms.models && !h.terms.models->contains(std::string(q_.model)))
      return openai::api_error{.status = 403, .message = "The " + name_of(h) + " may not use this model.", .type = "permission_error",
                               .param = "model", .code = "model_not_allowed"};
    if (auto e = take(h, h.terms.limits.all, h.cell)) return e;
    if (!h.model_cells.empty())
      if (auto e = take_of_model(h)) return e;
    return h.terms.budget && h.spent ? set_aside(h) : std::nullopt;
  }

  refusal take_of_model(const policy_holder& h) {
    const auto own = h.terms.limits.models.find(std::string(q_.model));
    const auto cell = h.model_cells.find(std::string(q_.model));
    return own != h.terms.limits.models.end() && cell != h.model_cells.end() ? take(h, own->second, cell->second) : std::nullopt;
  }

  refusal take(const policy_holder& h, const rate_limits& limits, const std::shared_ptr<use_cell>& cell) {
    if (!limits.concurrency && !limits.requests_per_minute && !limits.tokens_per_minute) return std::nullopt;
    auto& place = ticket_.places_.emplace_back();
    place.cell = cell;
    if (limits.concurrency) {
      if (!enter(*cell, *limits.concurrency))
        return too_many("The " + name_of(h) + " has " + std::to_string(*limits.concurrency) + " requests running, which is its limit.",
                        "concurrency_exceeded", seconds(1));
      place.holds_concurrency = true;
    }
    if (limits.requests_per_minute) {
      const auto v = cell->requests.take(1, *limits.requests_per_minute, q_.now);
      if (!v.is_admitted)
        return too_many("The " + name_of(h) + " has reached its limit of " + std::to_string(*limits.requests_per_minute) + " requests per minute.",
                        "rate_limit_exceeded", std::chrono::ceil<seconds>(v.retry_after));
      place.requests_per_minute = *limits.requests_per_minute;
      tighten(ticket_.rates_.requests, *limits.requests_per_minute, v);
    }
    if (limits.tokens_per_minute) {
      const auto v = cell->tokens.take(q_.expected_tokens, *limits.tokens_per_minute, q_.now);
      const auto limit = std::to_string(*limits.tokens_per_minute) + " tokens per minute";
      if (v.is_too_large) return never_fits("This request is larger than the limit of the " + name_of(h) + ", " + limit + ".");
      if (!v.is_admitted)
        return too_many("The " + name_of(h) + " has reached its limit of " + limit + ".", "tokens_limit_exceeded", std::chrono::ceil<seconds>(v.retry_after));
      place.tokens_taken = q_.expected_tokens;
      place.tokens_per_minute = *limits.tokens_per_minute;
      tighten(ticket_.rates_.tokens, *limits.tokens_per_minute, v);
    }
    return std::nullopt;
  }

  static bool enter(use_cell& cell, std::int64_t limit) {
    int now = cell.in_flight.load(std::memory_order_relaxed);
    do {
      if (now >= limit) return false;
    } while (!cell.in_flight.compare_exchange_weak(now, now + 1, std::memory_order_relaxed));
    return true;
  }

  refusal set_aside(const policy_holder& h) {
    const auto& limit = *h.terms.budget;
    const auto worst = limit.unit == budget_unit::money ? q_.worst_cost : q_.worst_tokens;
    if (worst == 0) return std::nullopt;  // nothing that this budget counts
    auto reservation = spending::reserve(h.spent, worst, limit, q_.wall);
    if (!reservation) return out_of_budget(h, limit);
    ticket_.charges_.push_back({std::move(*reservation), limit.unit});
    return std::nullopt;
  }

  openai::api_error out_of_budget(const policy_holder& h, const budget& limit) const {
    const auto window = window_of(limit.period, q_.wall);
    const auto now = std::chrono::duration_cast<seconds>(q_.wall.time_since_epoch()).count();
    const std::string when = limit.period == budget_period::total ? "" : " for this " + std::string(edgemesh::name_of(limit.period));
    auto e = too_many("The budget of the " + name_of(h) + when + " has no room left for a request of this size.", "budget_exceeded",
                      seconds(window.end - now));
    e.type = "insufficient_quota";
    // What runs now may give some of it back; without anything running only the next window helps.
    if (h.spent->reserved() > 0) e.retry_after = seconds(1);
    else e.never_retry = true;
    return e;
  }

  /// The request was not let through: it counts nowhere.
  void undo() {
    for (auto& p : ticket_.places_) {
      if (p.requests_per_minute > 0) p.cell->requests.correct(-1, p.requests_per_minute, q_.now);
      if (p.tokens_per_minute > 0) p.cell->tokens.correct(-p.tokens_taken, p.tokens_per_minute, q_.now);
    }
    ticket_.release();
  }

  const key_entry& key_;
  const gate_question& q_;
  ticket ticket_;
};

openai::api_result<ticket> admit(const key_entry& key, const gate_question& q) { return gate_walk(key, q).run(); }

}  // namespace edgemesh::admission
