#include "dialects/prometheus_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace edgemesh::dialects {
namespace {

constexpr std::size_t lines_max = 100'000, line_bytes_max = 16u << 10;

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

void skip_blanks(std::string_view& s) noexcept {
  while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
}

// Takes `{label="value",…}` off the front; values may hold escaped quotes and braces. False when it does not end.
bool skip_labels(std::string_view& s) noexcept {
  if (s.empty() || s.front() != '{') return true;
  bool quoted = false;
  for (std::size_t i = 1; i < s.size(); ++i) {
    if (quoted && s[i] == '\\') {
      ++i;
    } else if (s[i] == '"') {
      quoted = !quoted;
    } else if (s[i] == '}' && !quoted) {
      s.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// The value of one line when it is a sample of `name`.
std::optional<double> sample_of(std::string_view line, std::string_view name) noexcept {
  skip_blanks(line);
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  if (line.empty() || (line.front() != '{' && !is_blank(line.front()))) return std::nullopt;
  skip_blanks(line);
  if (!skip_labels(line)) return std::nullopt;
  skip_blanks(line);
  if (!line.empty() && line.front() == '+') line.remove_prefix(1);
  double value = 0;
  const auto [rest, fault] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (fault != std::errc() || !std::isfinite(value)) return std::nullopt;
  // Behind the value only a timestamp may follow.
  const auto tail = line.substr(static_cast<std::size_t>(rest - line.data()));
  const auto is_timestamp_char = [](char c) { return is_blank(c) || c == '-' || (c >= '0' && c <= '9'); };
  if (!tail.empty() && !is_blank(tail.front())) return std::nullopt;
  if (!std::ranges::all_of(tail, is_timestamp_char)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<metric_series> read_metric(std::string_view page, std::string_view name) noexcept {
  metric_series series;
  for (std::size_t lines = 0; !page.empty() && lines < lines_max; ++lines) {
    const auto end = std::min(page.find('\n'), page.size());
    auto line = page.substr(0, end);
    page.remove_prefix(std::min(end + 1, page.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > line_bytes_max) continue;
    const auto value = sample_of(line, name);
    if (!value) continue;
    series.sum += *value;
    series.max = series.count == 0 ? *value : std::max(series.max, *value);
    ++series.count;
  }
  if (series.count == 0) return std::nullopt;
  return series;
}

}  // namespace edgemesh::dialects
