#include "accounts/litellm_entry.hpp"

#include <algorithm>
#include <cmath>

#include "accounts/expiry.hpp"
#include "accounts/value_reading.hpp"
#include "admission/rate_limit.hpp"
#include "base/ascii.hpp"

namespace edgemesh::accounts {

namespace {

using json::kind;
using json::value;

// Without a meaning of their own: what they say is said by others, or by nobody.
constexpr std::string_view taken_over[] = {"token",      "key_alias",       "team_id",         "user_id",         "models",
                                           "max_budget", "budget_duration", "tpm_limit",       "rpm_limit",       "max_parallel_requests",
                                           "expires",    "blocked",         "model_rpm_limit", "model_tpm_limit", "tags"};

/// Nothing that anybody would miss: null, false, 0, "", [], {}.
bool is_nothing(value v) {
  switch (v.type()) {
    case kind::none:
    case kind::null: return true;
    case kind::boolean: return v.boolean() == false;
    case kind::number: return v.number() == 0.0;
    case kind::string: return v.empty_string();
    case kind::array:
    case kind::object: return v.size() == 0;
  }
  return true;
}

std::optional<budget_period> period_of(std::string_view text) {
  using entry = std::pair<std::string_view, budget_period>;
  constexpr entry known[] = {{"1d", budget_period::day},   {"24h", budget_period::day},   {"7d", budget_period::week},
                             {"1w", budget_period::week},  {"30d", budget_period::month}, {"31d", budget_period::month},
                             {"1mo", budget_period::month}};
  for (const auto& [name, period] : known)
    if (name == text) return period;
  return std::nullopt;
}

class litellm_reading {
 public:
  litellm_reading(value v, import_entry& into) : v_(v), into_(into), policy_(into.request.policy) {}

  std::optional<openai::api_error> run() {
    const auto hash = content_hash::from_hex(ascii::lower(v_["token"].text_or("")));
    if (!hash) values_.refuse("token", "This must be the SHA-256 of a key: 64 hex digits.");
    else into_.hash = *hash;
    values_.text(or_null("key_alias"), "key_alias", policy_.name);
    values_.text(or_null("user_id"), "user_id", policy_.owner);
    values_.text(or_null("team_id"), "team_id", into_.team);
    models();
    limits();
    model_limits("model_rpm_limit", &rate_limits::requests_per_minute);
    model_limits("model_tpm_limit", &rate_limits::tokens_per_minute);
    money();
    expiry();
    bool is_blocked = false;
    values_.flag(or_null("blocked"), "blocked", is_blocked);
    policy_.terms.is_disabled |= is_blocked;
    values_.names(or_null("tags"), "tags", policy_.tags);
    for (const auto& m : v_.members())
      if (const auto name = m.key.text_or("");
          !is_nothing(m.val) && std::find(std::begin(taken_over), std::end(taken_over), name) == std::end(taken_over))
        leave_out(name);
    if (!values_.is_sound()) return values_.take_fault();
    return std::nullopt;
  }

 private:
  /// A member that is missing is as one that is null.
  value or_null(std::string_view name) const {
    const auto v = v_[name];
    return v ? v : value::exactly("null");
  }
  void leave_out(const std::string& name) { into_.left_out.push_back(name.substr(0, 64)); }

  void models() {
    values_.allowed(or_null("models"), "models", policy_.terms.models);
    auto& models = policy_.terms.models;
    if (models && (models->empty() || models->contains("all-team-models") || models->contains("all-proxy-models"))) models.reset();
  }

  /// Its limit of 0 lets nothing through, which is a key that is disabled.
  void limit(value v, const std::string& name, std::optional<std::int64_t>& into) {
    std::optional<std::int64_t> n;
    values_.number(v, name, 0, admission::rate_per_minute_max, n);
    if (n == 0) {
      policy_.terms.is_disabled = true;
      leave_out(name);
    } else {
      into = n;
    }
  }

  void limits() {
    auto& all = policy_.terms.limits.all;
    limit(or_null("rpm_limit"), "rpm_limit", all.requests_per_minute);
    limit(or_null("tpm_limit"), "tpm_limit", all.tokens_per_minute);
    limit(or_null("max_parallel_requests"), "max_parallel_requests", all.concurrency);
  }

  void model_limits(const std::string& name, std::optional<std::int64_t> rate_limits::*which) {
    const auto v = v_[name];
    if (v.absent_or_null()) return;
    if (v.type() != kind::object) return values_.refuse(name, "This must be an object: names of models and their limits.");
    auto& models = policy_.terms.limits.models;
    for (const auto& m : v.members()) {
      std::string model;
      values_.text(m.key, name, model);
      if (model.empty()) values_.refuse(name, "The name of a model is empty.");
      std::optional<std::int64_t> n;
      values_.number(m.val, name, 1, admission::rate_per_minute_max, n);
      if (n) models[model].*which = n;
      if (models.size() > proto::policy_list_max) values_.refuse(name, "Too many models have limits of their own.");
      if (!values_.is_sound()) return;
    }
  }

  void money() {
    const auto amount = v_["max_budget"];
    if (amount.absent_or_null()) return;
    constexpr double most = 1e9;  // as parse_price
    const auto n = amount.number();
    if (!n || !(*n >= 0) || *n > most) return values_.refuse("max_budget", "This must be a number from 0 to 1000000000.");
    budget b{std::llround(*n * 1e6), budget_unit::money, budget_period::total};
    if (const auto duration = v_["budget_duration"]; !duration.absent_or_null()) {
      const auto period = period_of(duration.text_or(""));
      if (period) b.period = *period;
      else leave_out("budget_duration");
    }
    policy_.terms.budget = b;
  }

  void expiry() {
    const auto v = v_["expires"];
    if (v.absent_or_null()) return;
    const auto at = parse_expiry(v.text_or(""), true);
    if (!at) return values_.refuse("expires", "This must be a time as 2027-01-31T12:00:00Z.");
    policy_.expires_at = at;
  }

  value v_;
  import_entry& into_;
  key_policy& policy_;
  value_reading values_;
};

}  // namespace

std::optional<openai::api_error> read_litellm_entry(value v, import_entry& into) { return litellm_reading(v, into).run(); }

}  // namespace edgemesh::accounts
