// What was used and what it cost: one record per client request with one entry per attempt, and the counters that records are summed into.
// Plain values.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/attempt.hpp"
#include "domain/store_id.hpp"
#include "domain/token_usage.hpp"

namespace edgemesh {

struct usage_attempt {
  std::string backend;        ///< full name
  attempt_cause cause = attempt_cause::ok;
  token_usage usage;
  std::int64_t cost = 0;      ///< millionths, by the price of the moment when it was settled
  bool is_charged = false;    ///< the one attempt that the client got its answer from
  friend bool operator==(const usage_attempt&, const usage_attempt&) = default;
};

struct usage_record {
  std::string charge_id;      ///< made by the node that the client asked; never twice
  std::int64_t settled_ms = 0;  ///< Unix milliseconds
  std::string key, group;     ///< ids; "" without keys
  std::string model;          ///< as the client asked for it, once it is known to exist
  std::string node, site;     ///< that holds the backend of the charged attempt
  std::string data_class;
  int status = 0;             ///< what the client got
  std::vector<usage_attempt> attempts;
  store_id origin;            ///< the store that it was written to first, which sets it; zero: written before stores had names
  friend bool operator==(const usage_record&, const usage_record&) = default;
};

struct usage_counts {
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0, completion_tokens = 0, cached_tokens = 0;  ///< charged
  std::int64_t cost = 0;            ///< charged, millionths
  std::int64_t estimated = 0;       ///< requests whose tokens were counted here instead of told by the backend
  std::int64_t waste_tokens = 0;    ///< of attempts that nobody was charged for
  usage_counts& operator+=(const usage_counts& o) noexcept;
  friend bool operator==(const usage_counts&, const usage_counts&) = default;
};

enum class usage_interval : std::uint8_t { minute = 0, hour = 1, day = 2, month = 3 };
inline constexpr int usage_interval_count = 4;
constexpr std::string_view name_of(usage_interval i) noexcept {
  return i == usage_interval::minute ? "minute" : i == usage_interval::hour ? "hour" : i == usage_interval::day ? "day" : "month";
}
std::optional<usage_interval> usage_interval_from(std::string_view name) noexcept;
/// The beginning of the interval of UTC that holds `unix_ms`, in Unix seconds.
std::int64_t begin_of(usage_interval interval, std::int64_t unix_ms) noexcept;

/// Where the next one begins.
std::int64_t end_of(usage_interval interval, std::int64_t unix_ms) noexcept;
/// Days for which rows of each interval are kept: minute, hour, day, month; zero: for ever.
using usage_kept_days = std::array<std::int64_t, usage_interval_count>;

/// What is counted apart within one interval.
struct usage_row_name {
  std::string key, group, model, backend, node, site;
  friend auto operator<=>(const usage_row_name&, const usage_row_name&) = default;
};
struct usage_row {
  usage_row_name name;
  usage_counts counts;
};
/// What one record adds: its request to the charged attempt's backend (or to none), and waste to the backends of the others.
std::vector<usage_row> rows_of(const usage_record& record);

}  // namespace edgemesh
