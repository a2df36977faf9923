#include "dialects/embedding_answer.hpp"

#include <algorithm>
#include <vector>

#include "dialects/broken_answer.hpp"
#include "dialects/whole_pass.hpp"
#include "openai/embedding_codec.hpp"

namespace edgemesh::dialects {
namespace {

struct entry {
  std::int64_t index = 0;
  json::value raw;
  std::string edited;  ///< "" when the bytes are right
};

/// False when the entry holds no embedding.
bool edit_entry(entry& e, std::int64_t position, bool wants_base64) {
  if (e.raw.type() != json::kind::object) return false;
  json::value index, vector, object;
  for (const json::member& m : e.raw.members()) {
    if (m.key.equals("index")) index = m.val;
    else if (m.key.equals("embedding")) vector = m.val;
    else if (m.key.equals("object")) object = m.val;
  }
  json::splice splice(e.raw.raw());
  e.index = index.integer().value_or(position);
  if (!index.integer()) {
    if (index) splice.replace(index, std::to_string(position));
    else splice.append(e.raw, "index", std::to_string(position));
  }
  if (!object) splice.append(e.raw, "object", "\"embedding\"");
  if (vector.type() == json::kind::array) {
    if (wants_base64) {
      auto text = openai::floats_to_base64(vector);
      if (!text) return false;
      splice.replace(vector, '"' + *text + '"');
    }
  } else if (vector.type() == json::kind::string) {
    if (!wants_base64) {
      auto floats = openai::base64_to_floats(*vector.text());
      if (!floats) return false;
      splice.replace(vector, *std::move(floats));
    }
  } else {
    return false;
  }
  if (!splice.empty()) e.edited = splice.apply();
  return true;
}

std::string joined(const std::vector<entry>& entries) {
  std::string out = "[";
  for (const entry& e : entries) {
    if (out.size() > 1) out += ',';
    if (e.edited.empty()) out += e.raw.raw();
    else out += e.edited;
  }
  out += ']';
  return out;
}

}  // namespace

std::optional<attempt_failure> pass_embeddings(const answer_options& options, std::string_view body, const whole_members& members,
                                               answer& out) {
  std::vector<entry> entries;
  bool changed = false;
  for (json::value element : members.data.elements()) {
    entry& e = entries.emplace_back();
    e.raw = element;
    if (!edit_entry(e, static_cast<std::int64_t>(entries.size()) - 1, options.wants_base64))
      return garbage_answer("the backend's answer holds an embedding that cannot be read");
    changed = changed || !e.edited.empty();
  }
  if (entries.empty()) return garbage_answer("the backend's answer has no embeddings");
  const auto by_index = [](const entry& a, const entry& b) {
    return a.index != b.index ? a.index < b.index : a.raw.raw().data() < b.raw.raw().data();
  };
  if (!std::is_sorted(entries.begin(), entries.end(), by_index)) {
    std::sort(entries.begin(), entries.end(), by_index);
    changed = true;
  }
  json::splice splice(body);
  if (changed) splice.replace(members.data, joined(entries));
  edit_whole_identity(options, members, "list", splice, out);
  edit_whole_usage(options, members, splice, out);
  if (splice.empty()) out.out += body;
  else out.out += splice.apply();
  return std::nullopt;
}

}  // namespace edgemesh::dialects
