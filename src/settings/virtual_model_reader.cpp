#include "settings/draft.hpp"

namespace edgemesh::settings {
namespace {

std::optional<std::int64_t> widened(std::optional<int> v) {
  return v ? std::optional<std::int64_t>(*v) : std::nullopt;
}

routing::route_condition read_condition(const cursor& from, const data_classes& classes, reading& context) {
  routing::route_condition out;
  out.prompt_tokens_min = widened(from["prompt_tokens_min"].integer());
  out.prompt_tokens_max = widened(from["prompt_tokens_max"].integer());
  if (out.prompt_tokens_min && out.prompt_tokens_max && *out.prompt_tokens_min > *out.prompt_tokens_max)
    context.faults.add(from["prompt_tokens_min"].where(), "is above prompt_tokens_max: the route could never be taken");
  out.tools = from["tools"].boolean();
  out.images = from["images"].boolean();
  out.json_schema = from["json_schema"].boolean();
  out.stream = from["stream"].boolean();
  out.data_class = read_class(from["data_class"], classes, context);
  if (const auto span = from["hours"].text()) out.minutes_of_day = parse_hours(*span);
  return out;
}

}  // namespace

std::optional<class_level> read_class(const cursor& from, const data_classes& classes, reading& context) {
  const auto name = from.text();
  if (!name) return std::nullopt;
  const auto level = classes.find(*name);
  if (!level && is_name(*name)) {
    std::string known;
    for (const auto& n : classes.names) known += (known.empty() ? "" : ", ") + n;
    context.faults.add(from.where(), "unknown data class; expected one of " + known);
  }
  return level;
}

routing::virtual_model read_virtual_model(const cursor& from, const data_classes& classes, reading& context) {
  routing::virtual_model out;
  cursor::into(out.name, from["name"].text());
  if (out.name.find("::") != std::string::npos)
    context.faults.add(from["name"].where(), "a model name with \"::\" could never be asked for: that is how a backend is pinned");
  out.data_class = read_class(from["data_class"], classes, context);
  for (const auto& route : from["routes"].items()) {
    const auto use = route["use"].text().value_or("");
    out.routes.push_back({read_condition(route["when"], classes, context), use});
  }
  return out;
}

}  // namespace edgemesh::settings
