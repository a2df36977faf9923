// Whatever passes validation can be walked, compacted, copied and edited, and stays valid JSON.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "json/splice.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"
#include "json/writer.hpp"

namespace json = edgemesh::json;

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

/// Visits every value; each must lie inside the text and be valid by itself.
void walk(json::value v, std::vector<json::value>& objects, int depth) {
  demand(static_cast<bool>(v) && v.type() != json::kind::none && depth <= 64);
  if (v.type() == json::kind::object) objects.push_back(v);
  if (const auto text = v.text()) {
    demand(text->size() == v.text_bytes() && v.equals(*text));
    const std::string again = json::quoted(*text);
    demand(json::value::first_in(again).text() == text);
  }
  if (v.type() == json::kind::number) demand(v.number().has_value());
  std::size_t count = 0;
  for (const json::member& m : v.members()) {
    demand(m.key.type() == json::kind::string && static_cast<bool>(v[*m.key.text()]));
    walk(m.key, objects, depth);
    walk(m.val, objects, depth + 1);
    ++count;
  }
  for (const json::value element : v.elements()) {
    walk(element, objects, depth + 1);
    ++count;
  }
  demand(count == v.size());
}

/// Removes, replaces and appends as `choice` says; the result must be valid and hold what was asked.
void edit(std::string_view document, json::value object, unsigned choice) {
  std::vector<json::member> gone;
  json::splice s(document);
  std::size_t index = 0, kept = 0;
  for (const json::member& m : object.members()) {
    const unsigned what = choice >> (index++ % 16 * 2) & 3;
    if (what == 1) gone.push_back(m);
    else ++kept;
    if (what == 2) s.replace(m.val, "{\"r\":[null]}");
  }
  s.remove(object, gone);
  const bool appends = (choice & 1) != 0;
  if (appends) s.append(object, "\"new\n", "[1]");
  const std::string out = s.apply();
  demand(!json::validate(out));
  if (object.raw().data() == json::value::first_in(document).raw().data())
    demand(json::value::first_in(out).size() == kept + (appends ? 1 : 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 1u << 16) return 0;
  const unsigned choice = data[0] * 0x01010101u ^ data[1] << 8;
  const std::string text(reinterpret_cast<const char*>(data + 2), size - 2);
  if (const auto error = json::validate(text)) {
    demand(error->offset <= text.size() && error->reason != nullptr);
    return 0;
  }
  const json::value root = json::value::first_in(text);
  std::vector<json::value> objects;
  walk(root, objects, 0);
  const std::string compact = json::compacted(root.raw());
  demand(!json::validate(compact) && json::compacted(compact) == compact);
  if (objects.size() > 64) objects.resize(64);
  for (const json::value object : objects) edit(text, object, choice);
  return 0;
}
