#include "mock/schema_sample.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string_view>

namespace edgemesh::mock {
namespace {

namespace json = boost::json;
constexpr int depth_max = 16;

const json::value* referred(const json::object& root, std::string_view pointer) {
  for (const std::string_view place : {"$defs", "definitions"}) {
    const std::string prefix = "#/" + std::string(place) + "/";
    if (!pointer.starts_with(prefix)) continue;
    const auto* defs = root.if_contains(place);
    return defs && defs->is_object() ? defs->get_object().if_contains(pointer.substr(prefix.size()))
                                     : nullptr;
  }
  return nullptr;
}

std::string_view type_of(const json::object& schema) {
  const auto* type = schema.if_contains("type");
  if (type && type->is_array() && !type->get_array().empty()) type = &type->get_array().front();
  if (type && type->is_string()) return type->get_string();
  return schema.contains("properties") ? "object" : schema.contains("items") ? "array" : "";
}

json::value sample(const json::object& root, const json::value& schema, int depth);

json::value object_sample(const json::object& root, const json::object& schema, int depth) {
  json::object out;
  const auto* properties = schema.if_contains("properties");
  if (!properties || !properties->is_object()) return out;
  const auto* required = schema.if_contains("required");
  const auto is_required = [&](std::string_view key) {
    if (!required || !required->is_array()) return true;
    const auto& list = required->get_array();
    return std::any_of(list.begin(), list.end(),
                       [&](const json::value& v) { return v.is_string() && v.get_string() == key; });
  };
  for (const auto& member : properties->get_object())
    if (is_required(member.key())) out[member.key()] = sample(root, member.value(), depth + 1);
  return out;
}

json::value array_sample(const json::object& root, const json::object& schema, int depth) {
  json::array out;
  if (const auto* items = schema.if_contains("items"); items && items->is_object())
    out.push_back(sample(root, *items, depth + 1));
  return out;
}

json::value string_sample(const json::object& schema) {
  std::string text = "t0";
  const auto* least = schema.if_contains("minLength");
  if (least && least->is_int64())
    text.resize(static_cast<std::size_t>(std::clamp<std::int64_t>(least->get_int64(), 2, 1024)), 'x');
  return json::string(text);
}

json::value sample(const json::object& root, const json::value& any, int depth) {
  if (!any.is_object() || depth > depth_max) return nullptr;
  const auto& schema = any.get_object();
  if (const auto* fixed = schema.if_contains("const")) return *fixed;
  if (const auto* choices = schema.if_contains("enum");
      choices && choices->is_array() && !choices->get_array().empty())
    return choices->get_array().front();
  if (const auto* ref = schema.if_contains("$ref"); ref && ref->is_string()) {
    const auto* target = referred(root, ref->get_string());
    return target ? sample(root, *target, depth + 1) : json::value(nullptr);
  }
  for (const std::string_view choice : {"anyOf", "oneOf", "allOf"})
    if (const auto* list = schema.if_contains(choice); list && list->is_array() && !list->get_array().empty())
      return sample(root, list->get_array().front(), depth + 1);
  const auto type = type_of(schema);
  if (type == "object") return object_sample(root, schema, depth);
  if (type == "array") return array_sample(root, schema, depth);
  if (type == "string") return string_sample(schema);
  if (type == "boolean") return true;
  if (type == "integer" || type == "number") {
    const auto* least = schema.if_contains("minimum");
    return least && least->is_number() ? *least : json::value(0);
  }
  return nullptr;
}

}  // namespace

json::value sample_of(const json::value& schema) {
  if (!schema.is_object() || schema.get_object().empty()) return json::object{{"ok", true}};
  return sample(schema.get_object(), schema, 0);
}

}  // namespace edgemesh::mock
