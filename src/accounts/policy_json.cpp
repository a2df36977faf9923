#include "accounts/policy_json.hpp"

#include <vector>

#include "accounts/value_reading.hpp"
#include "admission/rate_limit.hpp"
#include "base/ascii.hpp"

namespace edgemesh::accounts {

namespace {

using proto::policy_field;
using json::value;

constexpr std::string_view key_members[] = {"name", "role", "owner", "group", "tags", "models", "backends", "sites", "data_class", "limits",
                                            "budget", "strict", "cache", "disabled", "max_tokens", "expires_at"};
constexpr std::string_view group_members[] = {"name",       "parent", "models", "backends", "sites",
                                              "data_class", "limits", "budget", "disabled"};
constexpr std::string_view limit_members[] = {"requests_per_minute", "tokens_per_minute", "concurrency"};
constexpr std::string_view all_limit_members[] = {"requests_per_minute", "tokens_per_minute", "concurrency", "models"};
constexpr std::string_view budget_members[] = {"amount", "unit", "period"};

/// Reads one object onto a policy and notes what it named.
class policy_reading {
 public:
  policy_reading(const data_classes& classes, field_set& named) : classes_(classes), named_(named) {}
  value_reading values;

  /// False: no member that keys and groups share.
  bool term(const std::string& name, value v, policy_terms& into) {
    if (name == "models") values.allowed(v, name, note(policy_field::models, into.models));
    else if (name == "backends") values.allowed(v, name, note(policy_field::backends, into.backends));
    else if (name == "sites") values.allowed(v, name, note(policy_field::sites, into.sites));
    else if (name == "data_class") data_class(v, note(policy_field::data_class, into.data_class));
    else if (name == "limits") limits(v, into.limits);
    else if (name == "budget") budget_of(v, note(policy_field::budget, into.budget));
    else if (name == "disabled") values.flag(v, name, note(policy_field::disabled, into.is_disabled));
    else return false;
    return true;
  }

  void key(const std::string& name, value v, key_policy& into) {
    if (name == "name") values.text(v, name, note(policy_field::name, into.name));
    else if (name == "role") role(v, note(policy_field::role, into.role));
    else if (name == "owner") values.text(v, name, note(policy_field::owner, into.owner));
    else if (name == "group") values.text(v, name, note(policy_field::group, into.group));
    else if (name == "tags") values.names(v, name, note(policy_field::tags, into.tags));
    else if (name == "strict") values.flag(v, name, note(policy_field::strict, into.is_strict));
    else if (name == "cache") cache(v, note(policy_field::cache, into.cache));
    else if (name == "max_tokens") values.number(v, name, 1, max_tokens_max, note(policy_field::max_tokens, into.max_tokens));
    else if (name == "expires_at") values.expiry(v, name, note(policy_field::expires_at, into.expires_at));
    else term(name, v, into.terms);
  }

  void group(const std::string& name, value v, group_policy& into) {
    if (name == "name") values.text(v, name, note(policy_field::name, into.name));
    else if (name == "parent") values.text(v, name, note(policy_field::parent, into.parent));
    else term(name, v, into.terms);
  }

 private:
  template <class T>
  T& note(policy_field field, T& into) {
    named_.insert(field);
    return into;
  }

  void role(value v, key_role& into) {
    into = key_role::client;
    if (v.is_null()) return;
    values.choice(v, "role", "client, viewer, group-admin, admin", [&](std::string_view word) {
      const auto r = key_role_from(word);
      if (r) into = *r;
      return r.has_value();
    });
  }

  void cache(value v, cache_sharing& into) {
    into = cache_sharing::shared;
    if (v.is_null()) return;
    values.choice(v, "cache", "shared, isolated", [&](std::string_view word) {
      if (word == "isolated") into = cache_sharing::isolated;
      return word == "isolated" || word == "shared";
    });
  }

  void data_class(value v, std::string& into) {
    into.clear();
    if (v.is_null()) return;
    std::string known;
    for (const auto& name : classes_.names) known.append(known.empty() ? "" : ", ").append(name);
    values.choice(v, "data_class", known, [&](std::string_view word) {
      for (const auto& name : classes_.names)
        if (ascii::iequals(name, word)) into = name;
      return !into.empty();
    });
  }

  void rate(const std::string& name, value v, const std::string& path, rate_limits& into) {
    auto& number = name == "requests_per_minute" ? into.requests_per_minute
                   : name == "tokens_per_minute" ? into.tokens_per_minute
                                                 : into.concurrency;
    values.number(v, path, 1, admission::rate_per_minute_max, number);
  }

  void limits(value v, policy_limits& into) {
    constexpr policy_field fields[] = {policy_field::requests_per_minute, policy_field::tokens_per_minute, policy_field::concurrency,
                                       policy_field::model_limits};
    if (v.is_null()) {
      named_.insert(std::begin(fields), std::end(fields));
      into = {};
      return;
    }
    values.members(v, "limits", all_limit_members, [&](const std::string& name, value member) {
      for (std::size_t i = 0; i < std::size(fields); ++i)
        if (name == all_limit_members[i]) named_.insert(fields[i]);
      if (name == "models") return model_limits(member, into.models);
      rate(name, member, "limits." + name, into.all);
    });
  }

  void model_limits(value v, std::map<std::string, rate_limits>& into) {
    if (v.is_null()) return into.clear();
    if (v.type() != json::kind::object) return values.refuse("limits.models", "This must be an object: names of models and their limits.");
    std::set<std::string> seen;
    for (const auto& m : v.members()) {
      const auto path = "limits.models." + m.key.text_or("").substr(0, 64);
      std::string model;
      values.text(m.key, path, model);
      if (model.empty()) values.refuse(path, "The name of a model is empty.");
      if (!seen.insert(model).second) values.refuse(path, "This model stands here twice.");
      if (!values.is_sound()) return;
      if (m.val.is_null()) {
        into.erase(model);
        continue;
      }
      auto& limits = into[model];
      values.members(m.val, path, limit_members, [&](const std::string& name, value n) { rate(name, n, path + "." + name, limits); });
      if (limits == rate_limits{}) into.erase(model);
      if (into.size() > proto::policy_list_max)
        values.refuse("limits.models", "At most " + std::to_string(proto::policy_list_max) + " models can have limits of their own.");
    }
  }

  void budget_of(value v, std::optional<budget>& into) {
    if (v.is_null()) return into.reset();
    auto next = into.value_or(budget{});
    value amount;
    bool unit_named = false;
    values.members(v, "budget", budget_members, [&](const std::string& name, value member) {
      if (name == "amount") amount = member;
      else if (name == "unit") {
        unit_named = true;
        values.choice(member, "budget.unit", "money, tokens",
                      [&](std::string_view word) { return put(budget_unit_from(word), next.unit); });
      } else {
        values.choice(member, "budget.period", "day, week, month, total",
                      [&](std::string_view word) { return put(budget_period_from(word), next.period); });
      }
    });
    if (!values.is_sound()) return;
    const bool keeps_amount = into && !amount && (!unit_named || next.unit == into->unit);  // an amount means nothing in another unit
    if (!keeps_amount) {
      if (!amount) return values.refuse("budget.amount", "A budget needs an amount.", "missing_field");
      values.amount(amount, "budget.amount", next.unit, next.amount);
    }
    into = next;
  }

  template <class T>
  static bool put(const std::optional<T>& found, T& into) {
    if (found) into = *found;
    return found.has_value();
  }

  const data_classes& classes_;
  field_set& named_;
};

}  // namespace

openai::api_result<key_request> read_key_request(value object, key_policy before, const data_classes& classes,
                                                 std::span<const std::string_view> others) {
  key_request out{std::move(before), {}};
  policy_reading reading(classes, out.named);
  std::vector<std::string_view> known(std::begin(key_members), std::end(key_members));
  known.insert(known.end(), others.begin(), others.end());
  reading.values.members(object, "", known, [&](const std::string& name, value v) { reading.key(name, v, out.policy); });
  if (!reading.values.is_sound()) return reading.values.take_fault();
  return out;
}

openai::api_result<group_request> read_group_request(value object, group_policy before, const data_classes& classes) {
  group_request out{std::move(before), {}};
  policy_reading reading(classes, out.named);
  reading.values.members(object, "", group_members, [&](const std::string& name, value v) { reading.group(name, v, out.policy); });
  if (!reading.values.is_sound()) return reading.values.take_fault();
  return out;
}

std::string_view name_of(policy_field field) noexcept {
  switch (field) {
    case policy_field::name: return "name";
    case policy_field::role: return "role";
    case policy_field::owner: return "owner";
    case policy_field::group: return "group";
    case policy_field::tags: return "tags";
    case policy_field::models: return "models";
    case policy_field::backends: return "backends";
    case policy_field::sites: return "sites";
    case policy_field::data_class: return "data_class";
    case policy_field::requests_per_minute: return "limits.requests_per_minute";
    case policy_field::tokens_per_minute: return "limits.tokens_per_minute";
    case policy_field::concurrency: return "limits.concurrency";
    case policy_field::model_limits: return "limits.models";
    case policy_field::budget: return "budget";
    case policy_field::disabled: return "disabled";
    case policy_field::strict: return "strict";
    case policy_field::cache: return "cache";
    case policy_field::max_tokens: return "max_tokens";
    case policy_field::expires_at: return "expires_at";
    case policy_field::parent: return "parent";
    case policy_field::revoked: return "revoked";
    case policy_field::created: return "created";
  }
  return "";
}

}  // namespace edgemesh::accounts
