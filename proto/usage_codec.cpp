#include "proto/usage_codec.hpp"

#include <algorithm>
#include <span>

#include "proto/field_reader.hpp"
#include "proto/field_writer.hpp"
#include "proto/limits.hpp"

namespace edgemesh::proto {
namespace {

enum record_field : int { charge_field = 0, settled_field, key_field, group_field, model_field, node_field, site_field, class_field, status_field, attempts_field, origin_field };
enum attempt_field : int { backend_field = 0, cause_field, prompt_field, completion_field, cached_field, reasoning_field, source_field, cost_field, charged_field };
enum counts_field : int { requests_count = 0, prompt_count, completion_count, cached_count, cost_count, estimated_count, waste_count };

constexpr std::size_t text_max = 512;  // the longest model name as a client may write it

std::uint64_t natural_of(std::int64_t number) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number)); }

void write_attempt(std::string& out, const usage_attempt& a) {
  field_writer f(out);
  f.text(backend_field, a.backend);
  f.natural(cause_field, static_cast<std::uint64_t>(a.cause));
  f.natural(prompt_field, natural_of(a.usage.prompt_tokens));
  f.natural(completion_field, natural_of(a.usage.completion_tokens));
  f.natural(cached_field, natural_of(a.usage.cached_tokens));
  f.natural(reasoning_field, natural_of(a.usage.reasoning_tokens));
  f.natural(source_field, static_cast<std::uint64_t>(a.usage.source));
  f.natural(cost_field, natural_of(a.cost));
  f.flag(charged_field, a.is_charged);
  f.finish();
}

bool read_attempt(const wire_value& value, usage_attempt& a) {
  field_reader f(value);
  f.text(backend_field, a.backend, text_max);
  f.choice(cause_field, a.cause, static_cast<attempt_cause>(attempt_cause_count - 1), attempt_cause::server_error);
  f.natural(prompt_field, a.usage.prompt_tokens);
  f.natural(completion_field, a.usage.completion_tokens);
  f.natural(cached_field, a.usage.cached_tokens);
  f.natural(reasoning_field, a.usage.reasoning_tokens);
  f.choice(source_field, a.usage.source, usage_source::estimated, usage_source::estimated);
  f.natural(cost_field, a.cost);
  f.flag(charged_field, a.is_charged);
  return f.is_sound();
}

/// The charged attempt is the last: nothing is tried after an answer.
std::vector<usage_attempt>::const_iterator first_kept(const std::vector<usage_attempt>& all) {
  const auto over = all.size() - std::min(all.size(), usage_attempts_max);
  return all.begin() + static_cast<std::ptrdiff_t>(over);
}

template <class T, class Read>
result<T> read_versioned(std::string_view bytes, std::string_view what, Read read) {
  if (bytes.empty()) return error{std::string(what) + ": empty"};
  if (bytes.front() > usage_version || bytes.front() < 1) return error{std::string(what) + ": of a later version"};
  const wire_tree tree(bytes.substr(1), record_values_max);
  if (!tree.is_sound()) return error{std::string(what) + ": damaged"};
  field_reader fields(tree.root());
  T out;
  read(fields, out);
  if (!fields.is_sound()) return fields.fault(what);
  return out;
}

}  // namespace

std::string write_usage(const usage_record& r) {
  constexpr std::size_t usual_size = 320;
  std::string out;
  out.reserve(usual_size);
  out += usage_version;
  field_writer f(out);
  f.text(charge_field, r.charge_id);
  f.natural(settled_field, natural_of(r.settled_ms));
  f.text(key_field, r.key);
  f.text(group_field, r.group);
  f.text(model_field, r.model);
  f.text(node_field, r.node);
  f.text(site_field, r.site);
  f.text(class_field, r.data_class);
  f.natural(status_field, natural_of(r.status));
  f.each(attempts_field, std::span(first_kept(r.attempts), r.attempts.end()), write_attempt);
  f.name(origin_field, r.origin);
  f.finish();
  return out;
}

result<usage_record> read_usage(std::string_view bytes) {
  return read_versioned<usage_record>(bytes, "usage record", [](field_reader& f, usage_record& r) {
    f.text(charge_field, r.charge_id, text_max);
    f.natural(settled_field, r.settled_ms, wall_ms_max);
    f.text(key_field, r.key, text_max);
    f.text(group_field, r.group, text_max);
    f.text(model_field, r.model, text_max);
    f.text(node_field, r.node, text_max);
    f.text(site_field, r.site, text_max);
    f.text(class_field, r.data_class, text_max);
    f.natural(status_field, r.status, 999);
    f.each(attempts_field, usage_attempts_max, [&](const wire_value& v) { return read_attempt(v, r.attempts.emplace_back()); });
    f.name(origin_field, r.origin);
  });
}

std::string write_counts(const usage_counts& c) {
  std::string out(1, usage_version);
  field_writer f(out);
  f.natural(requests_count, natural_of(c.requests));
  f.natural(prompt_count, natural_of(c.prompt_tokens));
  f.natural(completion_count, natural_of(c.completion_tokens));
  f.natural(cached_count, natural_of(c.cached_tokens));
  f.natural(cost_count, natural_of(c.cost));
  f.natural(estimated_count, natural_of(c.estimated));
  f.natural(waste_count, natural_of(c.waste_tokens));
  f.finish();
  return out;
}

result<usage_counts> read_counts(std::string_view bytes) {
  return read_versioned<usage_counts>(bytes, "usage counts", [](field_reader& f, usage_counts& c) {
    f.natural(requests_count, c.requests);
    f.natural(prompt_count, c.prompt_tokens);
    f.natural(completion_count, c.completion_tokens);
    f.natural(cached_count, c.cached_tokens);
    f.natural(cost_count, c.cost);
    f.natural(estimated_count, c.estimated);
    f.natural(waste_count, c.waste_tokens);
  });
}

}  // namespace edgemesh::proto
