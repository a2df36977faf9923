#include "proto/policy_fields.hpp"

#include <algorithm>

#include "proto/field_reader.hpp"
#include "proto/field_writer.hpp"
#include "proto/limits.hpp"

namespace edgemesh::proto {
namespace {

enum limits_part : int { limits_model = 0, limits_requests, limits_tokens, limits_concurrency };
enum budget_part : int { budget_amount = 0, budget_unit_part, budget_period_part };

constexpr std::int64_t rate_max = 1'000'000'000;
constexpr std::int64_t tokens_max = 1'000'000'000'000;
constexpr std::int64_t seconds_max = wall_ms_max / 1000;
constexpr int value_key = 0;  // a field's value is a map of one field: the form that reader and writer know

static_assert(static_cast<int>(key_role::client) == 0 && static_cast<int>(key_role::admin) == 3 && static_cast<int>(budget_unit::money) == 0 &&
              static_cast<int>(budget_unit::tokens) == 1 && static_cast<int>(budget_period::day) == 0 && static_cast<int>(budget_period::total) == 3 &&
              static_cast<int>(cache_sharing::shared) == 0 && static_cast<int>(cache_sharing::isolated) == 1);

using field_map = std::map<std::uint8_t, std::string>;

template <class Write>
void put(field_map& out, policy_field field, bool is_default, Write write) {
  if (is_default) return;
  std::string bytes;
  field_writer fields(bytes);
  write(fields);
  fields.finish();
  out.emplace(static_cast<std::uint8_t>(field), std::move(bytes));
}

void put_text(field_map& out, policy_field field, const std::string& text) {
  put(out, field, text.empty(), [&](field_writer& f) { f.text(value_key, text); });
}
void put_flag(field_map& out, policy_field field, bool value) {
  put(out, field, !value, [&](field_writer& f) { f.flag(value_key, value); });
}
void put_number(field_map& out, policy_field field, const std::optional<std::int64_t>& number) {
  put(out, field, !number, [&](field_writer& f) { f.natural(value_key, static_cast<std::uint64_t>(*number), std::nullopt); });
}
void put_list(field_map& out, policy_field field, const allow_list& list) {
  // An empty list (nothing is allowed) is a map without its one field: not the default, which is no value at all.
  put(out, field, !list, [&](field_writer& f) {
    f.texts(value_key, std::vector<std::string>(list->begin(), list->end()), policy_list_max);
  });
}

void write_limits(field_writer& f, const rate_limits& limits) {
  const auto number = [&](int key, const std::optional<std::int64_t>& n) {
    if (n) f.natural(key, static_cast<std::uint64_t>(*n), std::nullopt);
  };
  number(limits_requests, limits.requests_per_minute);
  number(limits_tokens, limits.tokens_per_minute);
  number(limits_concurrency, limits.concurrency);
}

void put_terms(field_map& out, const policy_terms& terms) {
  put_list(out, policy_field::models, terms.models);
  put_list(out, policy_field::backends, terms.backends);
  put_list(out, policy_field::sites, terms.sites);
  put_text(out, policy_field::data_class, terms.data_class);
  put_number(out, policy_field::requests_per_minute, terms.limits.all.requests_per_minute);
  put_number(out, policy_field::tokens_per_minute, terms.limits.all.tokens_per_minute);
  put_number(out, policy_field::concurrency, terms.limits.all.concurrency);
  put(out, policy_field::model_limits, terms.limits.models.empty(), [&](field_writer& f) {
    f.each(value_key, terms.limits.models, [](std::string& to, const auto& entry) {
      field_writer inner(to);
      inner.text(limits_model, entry.first);
      write_limits(inner, entry.second);
      inner.finish();
    });
  });
  put(out, policy_field::budget, !terms.budget, [&](field_writer& f) {
    f.natural(budget_amount, static_cast<std::uint64_t>(terms.budget->amount));
    f.natural(budget_unit_part, static_cast<std::uint64_t>(terms.budget->unit));
    f.natural(budget_period_part, static_cast<std::uint64_t>(terms.budget->period), std::nullopt);
  });
  put_flag(out, policy_field::disabled, terms.is_disabled);
}

/// One value taken apart; `read` fills a copy that is kept only when it is sound.
template <class T, class Read>
bool read_value(std::string_view bytes, T& into, Read read) {
  T value{};
  if (!bytes.empty()) {
    const wire_tree tree(bytes, record_values_max);
    if (!tree.is_sound()) return false;
    field_reader fields(tree.root());
    read(fields, value);
    if (!fields.is_sound()) return false;
  }
  into = std::move(value);
  return true;
}

bool read_text(std::string_view bytes, std::string& into) {
  return read_value(bytes, into, [](field_reader& f, std::string& v) { f.text(value_key, v, policy_name_max); });
}
bool read_flag(std::string_view bytes, bool& into) {
  return read_value(bytes, into, [](field_reader& f, bool& v) { f.flag(value_key, v); });
}
bool read_number(std::string_view bytes, std::optional<std::int64_t>& into, std::int64_t min, std::int64_t max) {
  return read_value(bytes, into, [&](field_reader& f, std::optional<std::int64_t>& v) {
    std::int64_t number = 0;
    f.require(value_key);
    f.natural(value_key, number, static_cast<std::uint64_t>(max));
    if (number < min) f.refuse(value_key);
    v = number;
  });
}
bool read_list(std::string_view bytes, allow_list& into) {
  return read_value(bytes, into, [](field_reader& f, allow_list& v) {
    std::vector<std::string> names;
    f.texts(value_key, names, policy_list_max, policy_name_max);
    v.emplace(names.begin(), names.end());
  });
}

void read_limit(field_reader& f, int key, std::optional<std::int64_t>& into) {
  if (!f.has(key)) return;
  std::int64_t number = 0;
  f.natural(key, number, rate_max);
  if (number < 1) f.refuse(key);
  into = number;
}

bool read_model_limits(std::string_view bytes, std::map<std::string, rate_limits>& into) {
  return read_value(bytes, into, [](field_reader& f, std::map<std::string, rate_limits>& v) {
    f.each(value_key, policy_list_max, [&](const wire_value& element) {
      field_reader inner(element);
      std::string model;
      rate_limits limits;
      inner.text(limits_model, model, policy_name_max);
      read_limit(inner, limits_requests, limits.requests_per_minute);
      read_limit(inner, limits_tokens, limits.tokens_per_minute);
      read_limit(inner, limits_concurrency, limits.concurrency);
      return inner.is_sound() && !model.empty() && v.emplace(model, limits).second;
    });
  });
}

bool read_budget(std::string_view bytes, std::optional<budget>& into) {
  return read_value(bytes, into, [](field_reader& f, std::optional<budget>& v) {
    budget b;
    f.require(budget_period_part);
    f.natural(budget_amount, b.amount, budget::amount_max);
    // Of a unit or period that this build does not know nothing can be said: refused, not guessed.
    std::uint8_t unit = 0, period = 0;
    f.natural(budget_unit_part, unit, static_cast<std::uint64_t>(budget_unit::tokens));
    f.natural(budget_period_part, period, static_cast<std::uint64_t>(budget_period::total));
    b.unit = static_cast<budget_unit>(unit);
    b.period = static_cast<budget_period>(period);
    v = b;
  });
}

/// Nothing: no field of the terms.
std::optional<bool> read_terms(policy_field field, std::string_view value, policy_terms& into) {
  auto& all = into.limits.all;
  switch (field) {
    case policy_field::models: return read_list(value, into.models);
    case policy_field::backends: return read_list(value, into.backends);
    case policy_field::sites: return read_list(value, into.sites);
    case policy_field::data_class: return read_text(value, into.data_class);
    case policy_field::requests_per_minute: return read_number(value, all.requests_per_minute, 1, rate_max);
    case policy_field::tokens_per_minute: return read_number(value, all.tokens_per_minute, 1, rate_max);
    case policy_field::concurrency: return read_number(value, all.concurrency, 1, rate_max);
    case policy_field::model_limits: return read_model_limits(value, into.limits.models);
    case policy_field::budget: return read_budget(value, into.budget);
    case policy_field::disabled: return read_flag(value, into.is_disabled);
    default: return std::nullopt;
  }
}

}  // namespace

std::map<std::uint8_t, std::string> fields_of(const key_policy& key) {
  field_map out;
  put_text(out, policy_field::name, key.name);
  put(out, policy_field::role, key.role == key_role::client, [&](field_writer& f) { f.natural(value_key, static_cast<std::uint64_t>(key.role)); });
  put_text(out, policy_field::owner, key.owner);
  put_text(out, policy_field::group, key.group);
  put(out, policy_field::tags, key.tags.empty(), [&](field_writer& f) { f.texts(value_key, key.tags, policy_list_max); });
  put_terms(out, key.terms);
  put_flag(out, policy_field::strict, key.is_strict);
  put_flag(out, policy_field::cache, key.cache == cache_sharing::isolated);
  put_number(out, policy_field::max_tokens, key.max_tokens);
  put_number(out, policy_field::expires_at, key.expires_at);
  return out;
}

std::map<std::uint8_t, std::string> fields_of(const group_policy& group) {
  field_map out;
  put_text(out, policy_field::name, group.name);
  put_text(out, policy_field::parent, group.parent);
  put_terms(out, group.terms);
  return out;
}

bool read_field(std::uint8_t number, std::string_view value, key_policy& into) {
  const auto field = static_cast<policy_field>(number);
  if (const auto done = read_terms(field, value, into.terms)) return *done;
  switch (field) {
    case policy_field::name: return read_text(value, into.name);
    case policy_field::role:
      // A role of a later version gives no more than asking models.
      return read_value(value, into.role, [](field_reader& f, key_role& v) { f.choice(value_key, v, key_role::admin, key_role::client); });
    case policy_field::owner: return read_text(value, into.owner);
    case policy_field::group: return read_text(value, into.group);
    case policy_field::tags:
      return read_value(value, into.tags, [](field_reader& f, std::vector<std::string>& v) { f.texts(value_key, v, policy_list_max, policy_name_max); });
    case policy_field::strict: return read_flag(value, into.is_strict);
    case policy_field::cache: {
      bool is_isolated = false;
      if (!read_flag(value, is_isolated)) return false;
      into.cache = is_isolated ? cache_sharing::isolated : cache_sharing::shared;
      return true;
    }
    case policy_field::max_tokens: return read_number(value, into.max_tokens, 1, tokens_max);
    case policy_field::expires_at: return read_number(value, into.expires_at, 0, seconds_max);
    default: return true;
  }
}

bool read_field(std::uint8_t number, std::string_view value, group_policy& into) {
  const auto field = static_cast<policy_field>(number);
  if (const auto done = read_terms(field, value, into.terms)) return *done;
  if (field == policy_field::name) return read_text(value, into.name);
  if (field == policy_field::parent) return read_text(value, into.parent);
  return true;
}

}  // namespace edgemesh::proto
