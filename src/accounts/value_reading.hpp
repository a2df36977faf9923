// Reads the values of an admin call's JSON strictly: wrong types, bounds and unknown names become one error that names the field; the first
// one stays. What was read before it is not to be used. `param` is the path of the value, as "limits.requests_per_minute". Pure; one owner.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/data_class.hpp"
#include "domain/policy.hpp"
#include "json/value.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::accounts {

/// A whole body: valid JSON, and an object. The view is of `text`.
openai::api_result<json::value> read_object(std::string_view text);

class value_reading {
 public:
  void refuse(std::string param, std::string message, std::string code = "invalid_value");
  bool is_sound() const noexcept { return !fault_; }
  openai::api_error take_fault() { return std::move(*fault_); }

  /// Calls `visit(name, value)` for each member. Refuses what is no object, names given twice, and names that are not in `known`, with the
  /// nearest one that is.
  using visitor = std::function<void(const std::string& name, json::value v)>;
  void members(json::value object, const std::string& path, std::span<const std::string_view> known, const visitor& visit);

  // A null is the default: what `into` gets then is that of its type.
  void text(json::value v, const std::string& param, std::string& into);
  void flag(json::value v, const std::string& param, bool& into);
  void number(json::value v, const std::string& param, std::int64_t min, std::int64_t max, std::optional<std::int64_t>& into);
  void names(json::value v, const std::string& param, std::vector<std::string>& into);
  void allowed(json::value v, const std::string& param, allow_list& into);
  void expiry(json::value v, const std::string& param, std::optional<std::int64_t>& into);
  void amount(json::value v, const std::string& param, budget_unit unit, std::int64_t& into);
  /// One of a few words; `choose` takes it, false: it is none of them.
  void choice(json::value v, const std::string& param, std::string_view words, const std::function<bool(std::string_view)>& choose);

 private:
  std::optional<openai::api_error> fault_;
};

}  // namespace edgemesh::accounts
