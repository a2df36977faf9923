#include "mock/field_reader.hpp"

#include <boost/json/value.hpp>

#include <cmath>

#include "base/ascii.hpp"

namespace edgemesh::mock {

const boost::json::value* field_reader::any(std::string_view name) const noexcept {
  const auto* value = object_.if_contains(name);
  return value && !value->is_null() ? value : nullptr;
}

std::optional<std::string> field_reader::text(std::string_view name) {
  const auto* value = any(name);
  if (!value) return std::nullopt;
  if (value->is_string()) return std::string(value->get_string());
  complain(name, "a string");
  return std::nullopt;
}

std::optional<bool> field_reader::flag(std::string_view name) {
  const auto* value = any(name);
  if (!value) return std::nullopt;
  if (value->is_bool()) return value->get_bool();
  complain(name, "a boolean");
  return std::nullopt;
}

std::optional<double> field_reader::number(std::string_view name) {
  const auto* value = any(name);
  if (!value) return std::nullopt;
  if (value->is_number()) return value->to_number<double>();
  complain(name, "a number");
  return std::nullopt;
}

std::optional<int> field_reader::whole(std::string_view name) {
  const auto value = number(name);
  if (!value) return std::nullopt;
  if (std::abs(*value) <= 2'147'483'647.0 && std::floor(*value) == *value) return static_cast<int>(*value);
  complain(name, "an integer");
  return std::nullopt;
}

const boost::json::array* field_reader::list(std::string_view name) {
  const auto* value = any(name);
  if (!value) return nullptr;
  if (value->is_array()) return &value->get_array();
  complain(name, "a list");
  return nullptr;
}

const boost::json::object* field_reader::object(std::string_view name) {
  const auto* value = any(name);
  if (!value) return nullptr;
  if (value->is_object()) return &value->get_object();
  complain(name, "an object");
  return nullptr;
}

void field_reader::complain(std::string_view name, std::string_view expected) {
  if (first_) return;
  first_ = complaint{
      400, "'" + std::string(name) + "' must be " + std::string(expected), std::string(name), "", "", ""};
}

int count_words(std::string_view text) noexcept {
  int words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool blank = ascii::is_space(c);
    words += !blank && !inside;
    inside = !blank;
  }
  return words;
}

}  // namespace edgemesh::mock
