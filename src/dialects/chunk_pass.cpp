#include "dialects/chunk_pass.hpp"

#include <algorithm>

#include "dialects/error_fields.hpp"
#include "dialects/reported_usage.hpp"
#include "json/writer.hpp"

namespace edgemesh::dialects {
namespace {

constexpr std::int64_t choice_index_max = 127;       // n is 128 at most
constexpr std::size_t usage_event_bytes_max = 16u << 10;
constexpr std::size_t model_name_bytes_max = 256;

bool is_empty_array(json::value array) noexcept {
  const std::string_view raw = array.raw();
  return raw.find_first_not_of(" \t\r\n", 1) == raw.size() - 1;
}

bool is_one_line(std::string_view text) noexcept { return text.find('\n') == text.npos && text.find('\r') == text.npos; }

void append_event(std::string& out, std::string_view json) {
  out += "data: ";
  // A line end between tokens would end the event's line.
  if (is_one_line(json)) out += json;
  else out += json::compacted(json);
  out += "\n\n";
}

}  // namespace

struct chunk_pass::chunk {
  std::string_view data;
  json::value root, id, object, created, model, choices, error, timings;
  json::member usage, obfuscation;

  explicit chunk(std::string_view text) : data(text), root(json::value::exactly(text)) {
    for (const json::member& m : root.members()) {
      const std::string_view name = m.key.raw().substr(1, m.key.raw().size() - 2);
      if (name == "id") id = m.val;
      else if (name == "object") object = m.val;
      else if (name == "created") created = m.val;
      else if (name == "model") model = m.val;
      else if (name == "choices") choices = m.val;
      else if (name == "usage") usage = m;
      else if (name == "error") error = m.val;
      else if (name == "timings") timings = m.val;
      else if (name == "obfuscation") obfuscation = m;
    }
  }
  bool is_error() const noexcept { return (error || object.raw() == "\"error\"") && is_error_document(root); }
};

chunk_pass::chunk_pass(const answer_options& options)
    : options_(options),
      object_(options.kind == endpoint::completions ? "\"text_completion\"" : "\"chat.completion.chunk\""),
      identity_(options.identity) {}

chunk_pass::verdict chunk_pass::event(std::string_view data, std::string_view raw, answer& out) {
  const chunk c(data);
  if (c.root.type() != json::kind::object) return verdict::unreadable;
  if (c.is_error()) return verdict::error;
  if (out.upstream_model.empty() && c.model.type() == json::kind::string && c.model.raw().size() <= model_name_bytes_max)
    out.upstream_model = *c.model.text();
  read_usage_of(c, out);
  if (c.choices.type() != json::kind::array) return verdict::ok;  // pings and events of other vocabularies
  json::splice splice(data);
  if (c.object.raw() != object_) {
    if (c.object) splice.replace(c.object, std::string(object_));
    else splice.append(c.root, "object", object_);
  }
  if (is_empty_array(c.choices)) {
    hold_usage(c, splice, raw);
    return verdict::ok;
  }
  hide(c, splice);
  chunk_effects effects;
  if (const verdict v = choices(c, splice, effects); v != verdict::ok) return v;
  const auto changed = emit(c, splice, raw, out.out);
  if (splice.empty() && !raw.empty() && effects.text) mould_.learn(data, effects.text, changed);
  out.content |= effects.content;
  out.content_events += effects.content ? 1 : 0;
  out.text_bytes += effects.text_bytes;
  return verdict::ok;
}

bool chunk_pass::repeat(std::string_view data, answer& out) {
  const auto text = mould_.text_of(data);
  if (!text) return false;
  mould_.append_event(out.out, *text);
  out.content = true;
  ++out.content_events;
  out.text_bytes += text->text_bytes();
  return true;
}

void chunk_pass::read_usage_of(const chunk& c, answer& out) {
  if (!c.usage.key || c.usage.val.is_null()) return;
  if (auto usage = read_usage(c.usage.val, c.timings)) out.usage = *usage;
}

/// Usage beside content: editors take the first usage that they see for the end. It goes out in a chunk of its own.
void chunk_pass::hide(const chunk& c, json::splice& splice) {
  std::vector<json::member> gone;
  if (c.obfuscation.key) gone.push_back(c.obfuscation);
  if (c.usage.key && !c.usage.val.is_null()) {
    if (options_.include_usage) splice.replace(c.usage.val, "null");
    else gone.push_back(c.usage);
  }
  splice.remove(c.root, gone);
}

/// A chunk without choices: the backend's own usage chunk waits for the end, any other is dropped.
void chunk_pass::hold_usage(const chunk& c, json::splice& splice, std::string_view raw) {
  if (!options_.include_usage || !read_usage(c.usage.val) || !is_whole_usage(c.usage.val, true)) return;
  if (c.obfuscation.key) splice.remove(c.root, {c.obfuscation});
  usage_event_.clear();
  if (c.data.size() <= usage_event_bytes_max) emit(c, splice, raw, usage_event_);
}

choice_pass& chunk_pass::choice_of(std::int64_t index) {
  for (choice_pass& c : choices_)
    if (c.index() == index) return c;
  return choices_.emplace_back(index);
}

chunk_pass::verdict chunk_pass::choices(const chunk& c, json::splice& splice, chunk_effects& effects) {
  const choice_pass::settings settings{options_.kind, options_.reasoning, options_.identity.id};
  std::int64_t position = 0, count = 0;
  for (json::value choice : c.choices.elements()) {
    const std::int64_t index = choice["index"].integer().value_or(position++);
    if (choice.type() != json::kind::object || index < 0 || index > choice_index_max || ++count > choice_index_max + 1)
      return verdict::unreadable;
    switch (choice_of(index).pass(choice, settings, splice, effects)) {
      case choice_pass::verdict::ok: break;
      case choice_pass::verdict::aborted: return verdict::aborted;
      case choice_pass::verdict::unreadable: return verdict::unreadable;
    }
  }
  if (count != 1) effects.text = {};
  return verdict::ok;
}

/// Writes the event and says what of the identity was replaced, sorted by place.
chunk_identity::replacements chunk_pass::emit(const chunk& c, json::splice& splice, std::string_view raw, std::string& out) {
  auto changed = identity_.settle(c.root, c.id, c.created, c.model, splice);
  std::sort(changed.all.begin(), changed.all.begin() + static_cast<std::ptrdiff_t>(changed.count),
            [](const auto& a, const auto& b) { return a.old.raw().data() < b.old.raw().data(); });
  if (changed.count == 0 && splice.empty() && !raw.empty()) {
    out += raw;
  } else if (!splice.empty() || raw.empty()) {
    for (std::size_t i = 0; i < changed.count; ++i) splice.replace(changed.all[i].old, std::string(changed.all[i].raw));
    append_event(out, splice.empty() ? std::string(c.data) : splice.apply());
  } else {  // the usual change is one name: written straight into the output
    out += "data: ";
    append_changed(out, c.data, changed);
    out += "\n\n";
  }
  return changed;
}

bool chunk_pass::has_finished() const noexcept {
  return !choices_.empty() && std::all_of(choices_.begin(), choices_.end(), [](const choice_pass& c) { return c.finished(); });
}

bool chunk_pass::has_all() const noexcept {
  return has_finished() && choices_.size() >= static_cast<std::size_t>(std::max<std::int64_t>(options_.choices, 1));
}

void chunk_pass::done(answer& out) {
  estimate_usage(options_, out);
  if (options_.include_usage) {
    if (usage_event_.empty()) append_usage_event(out.out, out.usage);
    else out.out += usage_event_;
  }
  out.out += "data: [DONE]\n\n";
  out.complete = true;
}

void chunk_pass::append_usage_event(std::string& out, const token_usage& usage) const {
  out += "data: {\"object\":";
  out += object_;
  out += ',';
  out += identity_.members();
  out += ",\"choices\":[],\"usage\":";
  openai::append_usage(out, usage);
  out += "}\n\n";
}

}  // namespace edgemesh::dialects
