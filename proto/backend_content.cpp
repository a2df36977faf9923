// The rarely changing part of a backend: its models and prices, one blob known by its hash.
#include <algorithm>

#include "proto/body_codec.hpp"

namespace edgemesh::proto {
namespace {

enum content_field : int { models_field = 0, prices_field = 1 };
enum model_field : int { name_field = 0, owner_field, created_field, context_field, loaded_field, has_field, lacks_field, elsewhere_field };
enum price_field : int { priced_field = 0, input_field, cached_field, output_field, request_field };

constexpr std::int64_t seconds_max = wall_ms_max / 1000;
constexpr std::int64_t context_max = 1'000'000'000'000;
constexpr std::int64_t price_max = 1'000'000'000'000'000;  // a thousand million of the currency

// The wire's bits; a bit never changes its meaning.
static_assert(static_cast<int>(capability::chat) == 0 && static_cast<int>(capability::completions) == 1 &&
              static_cast<int>(capability::embeddings) == 2 && static_cast<int>(capability::tools) == 3 &&
              static_cast<int>(capability::vision) == 4 && static_cast<int>(capability::audio) == 5 &&
              static_cast<int>(capability::reasoning) == 6 && static_cast<int>(capability::json_schema) == 7 &&
              static_cast<int>(capability::logprobs) == 8);

bool is_model_name(std::string_view name) { return !name.empty() && is_plain_text(name, model_name_max); }
std::uint64_t bounded(std::int64_t value, std::int64_t max) { return static_cast<std::uint64_t>(std::clamp<std::int64_t>(value, 0, max)); }

template <class Holds>
std::uint64_t bits_of(Holds holds) {
  std::uint64_t bits = 0;
  for (int i = 0; i < capability_count; ++i)
    if (holds(static_cast<capability>(i))) bits |= 1u << i;
  return bits;
}

void write_model(std::string& out, const model_offer& m) {
  field_writer fields(out);
  fields.text(name_field, m.name);
  if (is_plain_text(m.owned_by, name_max)) fields.text(owner_field, m.owned_by);
  fields.natural(created_field, bounded(m.created, seconds_max));
  if (m.context_length) fields.natural(context_field, bounded(*m.context_length, context_max), std::nullopt);
  if (m.loaded) fields.flag(loaded_field, *m.loaded, !*m.loaded);
  fields.natural(has_field, bits_of([&](capability c) { return m.capabilities.has(c); }));
  fields.natural(lacks_field, bits_of([&](capability c) { return m.capabilities.lacks(c); }));
  fields.flag(elsewhere_field, m.runs_elsewhere);
  fields.finish();
}

void read_capabilities(field_reader& fields, capability_set& out) {
  std::uint32_t has = 0, lacks = 0;
  fields.natural(has_field, has);
  fields.natural(lacks_field, lacks);
  for (int i = 0; i < capability_count; ++i) {
    if (has >> i & 1) out.set(static_cast<capability>(i), true);
    if (lacks >> i & 1) out.set(static_cast<capability>(i), false);
  }
}

bool read_model(const wire_value& value, model_offer& m) {
  field_reader fields(value);
  fields.text(name_field, m.name, model_name_max);
  fields.text(owner_field, m.owned_by, name_max);
  fields.natural(created_field, m.created, seconds_max);
  if (fields.has(context_field)) fields.natural(context_field, m.context_length.emplace(), context_max);
  if (fields.has(loaded_field)) fields.flag(loaded_field, m.loaded.emplace());
  read_capabilities(fields, m.capabilities);
  fields.flag(elsewhere_field, m.runs_elsewhere);
  return fields.is_sound() && !m.name.empty();
}

void write_price(std::string& out, const model_price& p) {
  field_writer fields(out);
  fields.text(priced_field, p.model);
  fields.natural(input_field, bounded(p.input, price_max));
  fields.natural(cached_field, bounded(p.cached_input, price_max));
  fields.natural(output_field, bounded(p.output, price_max));
  fields.natural(request_field, bounded(p.request, price_max));
  fields.finish();
}

bool read_price(const wire_value& value, model_price& p) {
  field_reader fields(value);
  fields.text(priced_field, p.model, model_name_max);
  fields.natural(input_field, p.input, price_max);
  fields.natural(cached_field, p.cached_input, price_max);
  fields.natural(output_field, p.output, price_max);
  fields.natural(request_field, p.request, price_max);
  return fields.is_sound() && !p.model.empty();
}

/// Pointers to the first models_max items whose name is in bounds.
template <class Item, class NameOf>
std::vector<const Item*> tellable(const std::vector<Item>& items, NameOf name_of_item) {
  std::vector<const Item*> out;
  for (const auto& item : items)
    if (out.size() < models_max && is_model_name(name_of_item(item))) out.push_back(&item);
  return out;
}

}  // namespace

std::string write_content(const backend_content& content) {
  std::string out;
  field_writer fields(out);
  fields.each(models_field, tellable(content.models, [](const model_offer& m) -> const std::string& { return m.name; }),
              [](std::string& to, const model_offer* m) { write_model(to, *m); });
  fields.each(prices_field, tellable(content.prices, [](const model_price& p) -> const std::string& { return p.model; }),
              [](std::string& to, const model_price* p) { write_price(to, *p); });
  fields.finish();
  return out;
}

result<backend_content> read_content(std::string_view bytes) {
  if (bytes.size() > content_max) return error{"backend content: too large"};
  const wire_tree tree(bytes, content_values_max);
  if (!tree.is_sound()) return error{"backend content: not msgpack of this form"};
  backend_content out;
  field_reader fields(tree.root());
  fields.each(models_field, models_max, [&](const wire_value& v) { return read_model(v, out.models.emplace_back()); });
  fields.each(prices_field, models_max, [&](const wire_value& v) { return read_price(v, out.prices.emplace_back()); });
  if (!fields.is_sound()) return fields.fault("backend content");
  return out;
}

}  // namespace edgemesh::proto
