#include "dialects/tool_delta_pass.hpp"

#include "json/writer.hpp"

namespace edgemesh::dialects {
namespace {

constexpr std::size_t calls_max = 128;

bool has_text(json::value v) noexcept { return v.type() == json::kind::string && !v.empty_string(); }

}  // namespace

std::string arguments_as_text(json::value arguments) {
  switch (arguments.type()) {
    case json::kind::string: return {};
    case json::kind::none:
    case json::kind::null: return "\"\"";
    default: return json::quoted(json::compacted(arguments.raw()));
  }
}

std::string made_call_id(std::string_view id_stem, std::size_t number) {
  constexpr std::size_t stem_bytes_max = 28;
  if (id_stem.size() > stem_bytes_max) id_stem.remove_prefix(id_stem.size() - stem_bytes_max);
  return "call_" + std::string(id_stem) + "_" + std::to_string(number);
}

tool_delta_pass::delta tool_delta_pass::read(json::value whole) {
  delta d;
  d.whole = whole;
  for (const json::member& m : whole.members()) {
    if (m.key.equals("index")) d.index = m;
    else if (m.key.equals("id")) d.id = m;
    else if (m.key.equals("type")) d.type = m;
    else if (m.key.equals("function")) d.function = m;
  }
  for (const json::member& m : d.function.val.members()) {
    if (m.key.equals("name")) d.name = m;
    else if (m.key.equals("arguments")) d.arguments = m;
  }
  return d;
}

std::size_t tool_delta_pass::position_of(const delta& d) const {
  const auto index = d.index.val.integer();
  const bool is_start = has_text(d.name.val);
  if (!index) return is_start || calls_.empty() ? calls_.size() : calls_.size() - 1;
  for (std::size_t i = calls_.size(); i-- > 0;) {
    if (calls_[i].upstream_index != *index) continue;
    // Some servers number every call 0 and send each in one delta: a new id with a name is a new call.
    const bool is_new = is_start && calls_[i].named && has_text(d.id.val) && !d.id.val.equals(calls_[i].id);
    return is_new ? calls_.size() : i;
  }
  return calls_.size();
}

void tool_delta_pass::open(const delta& d, std::size_t position, std::string_view id_stem, json::splice& splice) {
  call& c = calls_.emplace_back();
  c.upstream_index = d.index.val.integer().value_or(static_cast<std::int64_t>(position));
  c.id = has_text(d.id.val) ? *d.id.val.text() : made_call_id(id_stem, first_number_ + position);
  c.named = has_text(d.name.val);
  const auto ensure = [&](json::value object, const json::member& m, std::string_view key, const std::string& raw) {
    if (!m.key) splice.append(object, key, raw);
    else splice.replace(m.val, raw);
  };
  if (!has_text(d.id.val)) ensure(d.whole, d.id, "id", json::quoted(c.id));
  if (!has_text(d.type.val)) ensure(d.whole, d.type, "type", "\"function\"");
  if (d.type.key && has_text(d.type.val) && !d.type.val.equals("function")) return;  // custom tools have no function
  if (d.function.val.type() != json::kind::object) return ensure(d.whole, d.function, "function", R"({"name":"","arguments":""})");
  if (d.name.val.type() != json::kind::string) ensure(d.function.val, d.name, "name", "\"\"");
  if (auto text = arguments_as_text(d.arguments.val); !text.empty()) ensure(d.function.val, d.arguments, "arguments", text);
}

void tool_delta_pass::go_on(const delta& d, std::size_t position, json::splice& splice) {
  std::vector<json::member> gone;
  if (has_text(d.id.val)) gone.push_back(d.id);
  if (has_text(d.type.val)) gone.push_back(d.type);
  splice.remove(d.whole, gone);
  if (has_text(d.name.val)) {
    if (calls_[position].named) splice.remove(d.function.val, {d.name});
    calls_[position].named = true;
  }
  if (d.arguments.key && !d.arguments.val.is_null())
    if (auto text = arguments_as_text(d.arguments.val); !text.empty()) splice.replace(d.arguments.val, text);
}

bool tool_delta_pass::pass(json::value tool_calls, std::string_view id_stem, json::splice& splice, std::size_t& text_bytes) {
  std::size_t deltas = 0;
  for (json::value whole : tool_calls.elements()) {
    if (whole.type() != json::kind::object || ++deltas > calls_max) return false;
    const delta d = read(whole);
    const std::size_t position = position_of(d);
    if (position >= calls_max) return false;
    if (!d.index.key) splice.append(whole, "index", std::to_string(position));
    else if (d.index.val.integer() != static_cast<std::int64_t>(position)) splice.replace(d.index.val, std::to_string(position));
    if (position == calls_.size()) open(d, position, id_stem, splice);
    else go_on(d, position, splice);
    text_bytes += d.name.val.text_bytes() + d.arguments.val.text_bytes();
  }
  return true;
}

}  // namespace edgemesh::dialects
