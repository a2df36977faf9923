// Usage rows summed up as somebody asks: by key, group, owner, tag, model, backend, node, site and interval, filtered, as JSON or CSV. Pure.
// Bounded by groups_max rows in an answer.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "domain/usage.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::admission {

enum class usage_dimension : std::uint8_t { key, group, owner, tag, model, backend, node, site };
inline constexpr int usage_dimension_count = 8;
std::string_view name_of(usage_dimension d) noexcept;
std::optional<usage_dimension> usage_dimension_from(std::string_view name) noexcept;

struct usage_question {
  std::vector<usage_dimension> group_by;                  ///< in the order of the columns
  std::optional<usage_interval> interval;                 ///< none: one sum over all time asked for
  std::int64_t from = 0, to = 0;                          ///< Unix seconds, [from, to)
  std::map<usage_dimension, std::set<std::string>> only;  ///< of each dimension one of these; keys and groups by id or name
  bool as_csv = false;

  /// The interval whose rows are read: the coarsest that fits `from`, `to` and `interval` exactly.
  usage_interval rows_to_read() const noexcept;
  /// Where rows that fine are not kept any more, `from` and `to` are widened to those that are: a sum that leaves something out would be wrong.
  /// Errors: 400, where the interval that was asked for is the finer one.
  std::optional<openai::api_error> fit_to(const usage_kept_days& kept, wall_time now);
};

/// From a query string `group_by=key,model&interval=day&from=…&to=…&format=csv&model=…`: times are Unix seconds, YYYY-MM-DD or
/// YYYY-MM-DDTHH:MM:SSZ; without `to` all that there is, which is
/// to the end of this month, without `from` the beginning of the month of `to`. Errors: 400, naming what was not understood.
openai::api_result<usage_question> read_usage_question(std::string_view query, wall_time now);

/// What is known of a key now, or of a group (its name alone); owner and tags are the present ones.
struct key_facts {
  std::string name, owner;
  std::vector<std::string> tags;
};
using key_lookup = std::function<const key_facts*(const std::string& id)>;

class usage_report {
 public:
  static constexpr std::size_t groups_max = 100'000;

  usage_report(usage_question question, key_lookup keys) : question_(std::move(question)), keys_(std::move(keys)) {}
  /// False: the answer has groups_max rows already; it is cut off and says so. Rows outside the question are passed over.
  bool add(std::int64_t begin, const usage_row& row);

  /// {"data":[{...}],"truncated":false,"watermark":{node: unix ms}}
  std::string json(const std::map<std::string, std::int64_t>& watermark) const;
  std::string csv() const;

 private:
  struct group {
    std::int64_t begin = 0;
    std::vector<std::string> values;  // of group_by
    friend auto operator<=>(const group&, const group&) = default;
  };
  /// A row with several tags counts once for each.
  std::vector<std::string> values_of(usage_dimension d, const usage_row& row) const;
  /// What people call a key or a group, "" when that is not known; nothing of other dimensions.
  std::optional<std::string> given_name(usage_dimension d, const std::string& id) const;
  bool passes(const usage_row& row) const;
  bool add_to(group at, std::size_t dimension, const usage_row& row);

  usage_question question_;
  key_lookup keys_;
  std::map<group, usage_counts> groups_;
  bool is_cut_ = false;
};

}  // namespace edgemesh::admission
