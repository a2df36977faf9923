#include "accounts/value_reading.hpp"

#include <algorithm>
#include <set>

#include "accounts/expiry.hpp"
#include "domain/model_prices.hpp"
#include "json/validate.hpp"
#include "openai/nearest_models.hpp"
#include "proto/field_reader.hpp"
#include "proto/policy_fields.hpp"

namespace edgemesh::accounts {

namespace {

// What an answer shows beside the fields that can be set.
constexpr std::string_view read_only[] = {"id",         "group_name", "parent_name", "revoked",    "created_at", "created_by",
                                          "changed_at", "changed_by", "secrets",     "unreadable", "conflicts",  "keys"};

std::string unknown_text(const std::string& name, std::span<const std::string_view> known) {
  const std::vector<std::string> all(known.begin(), known.end());
  const auto nearest = openai::nearest_models(name, all, 1);
  return "There is no field of this name" + (nearest.empty() ? std::string(".") : "; did you mean " + nearest.front() + "?");
}

std::string range_text(std::int64_t min, std::int64_t max) {
  return "This must be a whole number from " + std::to_string(min) + " to " + std::to_string(max) + ".";
}

}  // namespace

openai::api_result<json::value> read_object(std::string_view text) {
  if (const auto fault = json::validate(text))
    return openai::bad_request("The body is not valid JSON (byte " + std::to_string(fault->offset) + "): " + fault->reason, {},
                               "invalid_json");
  const auto v = json::value::first_in(text);
  if (v.type() != json::kind::object) return openai::bad_request("The body must be a JSON object.", {}, "invalid_json");
  return v;
}

void value_reading::refuse(std::string param, std::string message, std::string code) {
  if (!fault_) fault_ = openai::bad_request(std::move(message), std::move(param), std::move(code));
}

void value_reading::members(json::value object, const std::string& path, std::span<const std::string_view> known, const visitor& visit) {
  if (object.type() != json::kind::object) return refuse(path, "This must be an object.");
  std::set<std::string, std::less<>> seen;
  for (const auto& m : object.members()) {
    auto name = m.key.text_or("");
    const auto shown = (path.empty() ? "" : path + ".") + name.substr(0, 64);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      if (path.empty() && std::find(std::begin(read_only), std::end(read_only), name) != std::end(read_only))
        return refuse(shown, "This field is shown and cannot be set.", "read_only_field");
      return refuse(shown, unknown_text(name, known), "unknown_field");
    }
    if (seen.contains(name)) return refuse(shown, "This field stands here twice.");
    visit(name, m.val);
    if (fault_) return;
    seen.insert(std::move(name));
  }
}

void value_reading::text(json::value v, const std::string& param, std::string& into) {
  into.clear();
  if (v.is_null()) return;
  auto text = v.text();
  if (!text || !proto::is_plain_text(*text, proto::policy_name_max))
    return refuse(param,
                  "This must be a string of at most " + std::to_string(proto::policy_name_max) + " bytes without control characters.");
  into = std::move(*text);
}

void value_reading::flag(json::value v, const std::string& param, bool& into) {
  const auto b = v.is_null() ? std::optional(false) : v.boolean();
  if (!b) return refuse(param, "This must be true or false.");
  into = *b;
}

void value_reading::number(json::value v, const std::string& param, std::int64_t min, std::int64_t max, std::optional<std::int64_t>& into) {
  into.reset();
  if (v.is_null()) return;
  const auto n = v.type() == json::kind::number ? v.integer() : std::nullopt;
  if (!n || *n < min || *n > max) return refuse(param, range_text(min, max));
  into = n;
}

void value_reading::names(json::value v, const std::string& param, std::vector<std::string>& into) {
  into.clear();
  if (v.is_null()) return;
  if (v.type() != json::kind::array) return refuse(param, "This must be a list of strings.");
  for (const auto element : v.elements()) {
    std::string name;
    if (element.is_null() || into.size() == proto::policy_list_max)
      return refuse(param, "This must be a list of at most " + std::to_string(proto::policy_list_max) + " strings.");
    text(element, param, name);
    if (fault_) return;
    if (name.empty()) return refuse(param, "A name in this list is empty.");
    into.push_back(std::move(name));
  }
}

void value_reading::allowed(json::value v, const std::string& param, allow_list& into) {
  into.reset();
  if (v.is_null()) return;
  std::vector<std::string> list;
  names(v, param, list);
  into.emplace(list.begin(), list.end());
}

void value_reading::expiry(json::value v, const std::string& param, std::optional<std::int64_t>& into) {
  into.reset();
  if (v.is_null()) return;
  into = v.type() == json::kind::number ? v.integer() : v.type() == json::kind::string ? parse_expiry(v.text_or("")) : std::nullopt;
  if (!into || *into < 0 || *into > expiry_max)
    refuse(param, "This must be a time as 2027-01-31T12:00:00Z (RFC 3339), or Unix seconds, before the year 10000.");
}

void value_reading::amount(json::value v, const std::string& param, budget_unit unit, std::int64_t& into) {
  if (unit == budget_unit::tokens) {
    std::optional<std::int64_t> n;
    number(v, param, 0, budget::amount_max, n);
    if (n) into = *n;
    else refuse(param, range_text(0, budget::amount_max));
    return;
  }
  const bool is_written = v.type() == json::kind::number || v.type() == json::kind::string;
  const auto price = is_written ? parse_price(v.type() == json::kind::string ? v.text_or("") : std::string(v.raw())) : std::nullopt;
  if (!price) return refuse(param, "This must be a decimal number from 0 to 1000000000 with at most six places.");
  into = *price;
}

void value_reading::choice(json::value v, const std::string& param, std::string_view words,
                           const std::function<bool(std::string_view)>& choose) {
  const auto word = v.text();
  if (!word || !choose(*word)) refuse(param, "This must be one of: " + std::string(words) + ".");
}

}  // namespace edgemesh::accounts
