#include "replication/policy_strictness.hpp"

#include <algorithm>
#include <optional>

#include "proto/policy_fields.hpp"

namespace edgemesh::replication {

namespace {

using proto::policy_field;

/// From "the first allows no more" and "the second allows no more".
int verdict(bool first_within, bool second_within) { return static_cast<int>(first_within) - static_cast<int>(second_within); }

bool is_within(const allow_list& a, const allow_list& b) {
  if (!b) return true;
  return a && std::includes(b->begin(), b->end(), a->begin(), a->end());
}

/// Of numbers that limit: none is no limit.
bool is_within(const std::optional<std::int64_t>& a, const std::optional<std::int64_t>& b) { return !b || (a && *a <= *b); }

bool is_within(const rate_limits& a, const rate_limits& b) {
  return is_within(a.requests_per_minute, b.requests_per_minute) && is_within(a.tokens_per_minute, b.tokens_per_minute) &&
         is_within(a.concurrency, b.concurrency);
}

bool is_within(const std::map<std::string, rate_limits>& a, const std::map<std::string, rate_limits>& b) {
  return std::all_of(b.begin(), b.end(), [&](const auto& entry) {
    const auto at = a.find(entry.first);
    return at != a.end() && is_within(at->second, entry.second);
  });
}

bool is_within(const std::optional<budget>& a, const std::optional<budget>& b) {
  if (!b) return true;
  return a && a->unit == b->unit && a->period == b->period && a->amount <= b->amount;
}

int rank_of(const std::string& name, const data_classes& classes) {
  if (name.empty()) return -1;
  const auto level = classes.find(name);
  return level ? *level : 256;
}

int compare(policy_field field, const key_policy& a, const key_policy& b, const data_classes& classes) {
  const auto within = [](const auto& x, const auto& y) { return verdict(is_within(x, y), is_within(y, x)); };
  const auto &limits_a = a.terms.limits, &limits_b = b.terms.limits;
  switch (field) {
    case policy_field::role: return static_cast<int>(b.role) - static_cast<int>(a.role);
    case policy_field::models: return within(a.terms.models, b.terms.models);
    case policy_field::backends: return within(a.terms.backends, b.terms.backends);
    case policy_field::sites: return within(a.terms.sites, b.terms.sites);
    case policy_field::data_class: return rank_of(a.terms.data_class, classes) - rank_of(b.terms.data_class, classes);
    case policy_field::requests_per_minute: return within(limits_a.all.requests_per_minute, limits_b.all.requests_per_minute);
    case policy_field::tokens_per_minute: return within(limits_a.all.tokens_per_minute, limits_b.all.tokens_per_minute);
    case policy_field::concurrency: return within(limits_a.all.concurrency, limits_b.all.concurrency);
    case policy_field::model_limits: return within(limits_a.models, limits_b.models);
    case policy_field::budget: return within(a.terms.budget, b.terms.budget);
    case policy_field::disabled: return static_cast<int>(a.terms.is_disabled) - static_cast<int>(b.terms.is_disabled);
    case policy_field::strict: return static_cast<int>(a.is_strict) - static_cast<int>(b.is_strict);
    case policy_field::cache: return static_cast<int>(a.cache) - static_cast<int>(b.cache);
    case policy_field::max_tokens: return within(a.max_tokens, b.max_tokens);
    case policy_field::expires_at: return within(a.expires_at, b.expires_at);
    default: return 0;  // names, tags, owners, groups: none is stricter
  }
}

}  // namespace

int stricter(std::uint8_t field, std::string_view first, std::string_view second, const data_classes& classes) {
  if (field == proto::policy_revoked_field) return static_cast<int>(!first.empty()) - static_cast<int>(!second.empty());
  key_policy a, b;
  if (!proto::read_field(field, first, a) || !proto::read_field(field, second, b)) return 0;
  return compare(static_cast<policy_field>(field), a, b, classes);
}

}  // namespace edgemesh::replication
