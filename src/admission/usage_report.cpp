#include "admission/usage_report.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.hpp"
#include "base/timestamp.hpp"
#include "json/writer.hpp"

namespace edgemesh::admission {

namespace {

constexpr std::array<std::string_view, usage_dimension_count> dimension_names{"key", "group", "owner", "tag", "model", "backend", "node", "site"};
constexpr std::size_t query_bytes_max = 4096;

std::optional<int> digits(std::string_view text) {
  int value = 0;
  if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) return std::nullopt;
  return value;
}

/// "2026-11-29" and "2026-11-29T12:30:00Z".
std::optional<std::int64_t> date_time(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != 10 && text.size() != 20) return std::nullopt;
  const auto y = digits(text.substr(0, 4)), m = digits(text.substr(5, 2)), d = digits(text.substr(8, 2));
  if (!y || !m || !d || text[4] != '-' || text[7] != '-') return std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
  if (!date.ok()) return std::nullopt;
  auto at = sys_seconds(sys_days(date)).time_since_epoch().count();
  if (text.size() == 10) return at;
  const auto h = digits(text.substr(11, 2)), min = digits(text.substr(14, 2)), s = digits(text.substr(17, 2));
  if (!h || !min || !s || *h > 23 || *min > 59 || *s > 59 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z') return std::nullopt;
  return at + *h * 3600 + *min * 60 + *s;
}

std::optional<std::int64_t> time_from(std::string_view text) {
  constexpr std::int64_t year_10000 = 253402300800;
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed == std::errc() && end == text.data() + text.size()) return number >= 0 && number <= year_10000 ? std::optional(number) : std::nullopt;
  return date_time(text);
}

int hex_of(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') out += ' ';
    else if (text[i] != '%') out += text[i];
    else {
      const int high = i + 2 < text.size() ? hex_of(text[i + 1]) : -1, low = i + 2 < text.size() ? hex_of(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return out;
}

template <class Take>
void each_part(std::string_view text, char separator, Take take) {
  while (!text.empty()) {
    const auto end = text.find(separator);
    take(text.substr(0, end));
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
}

openai::api_error not_understood(std::string_view name, std::string expected) {
  return openai::bad_request("usage: " + std::string(name) + ": " + std::move(expected), std::string(name));
}

/// One `name=value` of the query; an error when it is not understood.
std::optional<openai::api_error> read_part(std::string_view name, const std::string& value, usage_question& q, bool& has_from, bool& has_to) {
  std::optional<openai::api_error> wrong;
  if (name == "group_by") {
    each_part(value, ',', [&](std::string_view part) {
      const auto d = usage_dimension_from(part);
      if (!d || std::find(q.group_by.begin(), q.group_by.end(), *d) != q.group_by.end())
        wrong = not_understood(name, "each once of key, group, owner, tag, model, backend, node, site");
      else q.group_by.push_back(*d);
    });
  } else if (name == "interval") {
    q.interval = usage_interval_from(value);
    if (!q.interval) wrong = not_understood(name, "minute, hour, day or month");
  } else if (name == "from" || name == "to") {
    const auto at = time_from(value);
    (name == "from" ? has_from : has_to) = true;
    if (at) (name == "from" ? q.from : q.to) = *at;
    else wrong = not_understood(name, "Unix seconds, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ");
  } else if (name == "format") {
    q.as_csv = value == "csv";
    if (value != "csv" && value != "json") wrong = not_understood(name, "json or csv");
  } else if (const auto d = usage_dimension_from(name)) {
    each_part(value, ',', [&](std::string_view part) { q.only[*d].emplace(part); });
  } else {
    wrong = not_understood(name, "is not known; there are group_by, interval, from, to, format, and the names to filter by");
  }
  return wrong;
}

bool is_begin(usage_interval i, std::int64_t at) { return begin_of(i, at * 1000) == at; }

void append_csv(std::string& out, std::string_view text) {
  // A cell that a spreadsheet would take for a formula is quoted as text.
  const bool is_formula = !text.empty() && (text[0] == '=' || text[0] == '+' || text[0] == '-' || text[0] == '@');
  out += '"';
  if (is_formula) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string time_text(std::int64_t unix_seconds) { return timestamp(wall_time(seconds(unix_seconds))); }

template <class Visit>
void each_count(const usage_counts& c, Visit visit) {
  visit("requests", c.requests);
  visit("prompt_tokens", c.prompt_tokens);
  visit("completion_tokens", c.completion_tokens);
  visit("cached_tokens", c.cached_tokens);
  visit("cost", c.cost);
  visit("estimated", c.estimated);
  visit("waste_tokens", c.waste_tokens);
}

}  // namespace

std::string_view name_of(usage_dimension d) noexcept { return dimension_names[static_cast<std::size_t>(d)]; }

std::optional<usage_dimension> usage_dimension_from(std::string_view name) noexcept {
  const auto at = std::find(dimension_names.begin(), dimension_names.end(), name);
  return at == dimension_names.end() ? std::nullopt : std::optional(static_cast<usage_dimension>(at - dimension_names.begin()));
}

usage_interval usage_question::rows_to_read() const noexcept {
  for (int i = usage_interval_count - 1; i > 0; --i) {
    const auto candidate = static_cast<usage_interval>(i);
    if ((!interval || candidate <= *interval) && is_begin(candidate, from) && is_begin(candidate, to)) return candidate;
  }
  return usage_interval::minute;
}

std::optional<openai::api_error> usage_question::fit_to(const usage_kept_days& kept, wall_time now) {
  const auto now_s = std::chrono::floor<seconds>(now.time_since_epoch()).count();
  for (;;) {
    const auto read = rows_to_read();
    const auto days = kept[static_cast<std::size_t>(read)];
    if (days <= 0 || from >= now_s - days * 86'400 || read == usage_interval::month) return std::nullopt;
    const auto coarser = static_cast<usage_interval>(static_cast<int>(read) + 1);
    if (interval && coarser > *interval)
      return not_understood("interval", "sums by the " + std::string(name_of(read)) + " are kept for " + std::to_string(days) + " days: ask for a later `from`, or by the " +
                                          std::string(name_of(coarser)));
    from = begin_of(coarser, from * 1000);
    to = end_of(coarser, (to - 1) * 1000);
  }
}

openai::api_result<usage_question> read_usage_question(std::string_view query, wall_time now) {
  if (query.size() > query_bytes_max) return not_understood("query", "at most 4096 bytes");
  usage_question q;
  bool has_from = false, has_to = false;
  std::optional<openai::api_error> wrong;
  each_part(query, '&', [&](std::string_view part) {
    if (wrong || part.empty()) return;
    const auto equals = part.find('=');
    const auto name = part.substr(0, equals);
    const auto value = unescaped(equals == part.npos ? std::string_view() : part.substr(equals + 1));
    wrong = value ? read_part(name, *value, q, has_from, has_to) : not_understood(name, "a broken % escape");
  });
  if (wrong) return std::move(*wrong);
  if (!has_to) q.to = end_of(usage_interval::month, std::chrono::floor<milliseconds>(now.time_since_epoch()).count());
  if (!has_from) q.from = begin_of(usage_interval::month, (q.to - 1) * 1000);
  if (q.from >= q.to) return not_understood("from", "must be before `to`");
  return q;
}

std::vector<std::string> usage_report::values_of(usage_dimension d, const usage_row& row) const {
  switch (d) {
    case usage_dimension::key: return {row.name.key};
    case usage_dimension::group: return {row.name.group};
    case usage_dimension::model: return {row.name.model};
    case usage_dimension::backend: return {row.name.backend};
    case usage_dimension::node: return {row.name.node};
    case usage_dimension::site: return {row.name.site};
    case usage_dimension::owner:
    case usage_dimension::tag: break;
  }
  const auto* facts = keys_ ? keys_(row.name.key) : nullptr;
  if (d == usage_dimension::owner) return {facts ? facts->owner : ""};
  return facts && !facts->tags.empty() ? facts->tags : std::vector<std::string>{""};
}

std::optional<std::string> usage_report::given_name(usage_dimension d, const std::string& id) const {
  if (d != usage_dimension::key && d != usage_dimension::group) return std::nullopt;
  const auto* facts = keys_ ? keys_(id) : nullptr;
  return facts ? facts->name : std::string();
}

bool usage_report::passes(const usage_row& row) const {
  return std::all_of(question_.only.begin(), question_.only.end(), [&](const auto& wanted) {
    const auto values = values_of(wanted.first, row);
    return std::any_of(values.begin(), values.end(), [&](const auto& v) {
      if (wanted.second.contains(v)) return true;
      const auto name = given_name(wanted.first, v);
      return name && !name->empty() && wanted.second.contains(*name);
    });
  });
}

bool usage_report::add(std::int64_t begin, const usage_row& row) {
  if (begin < question_.from || begin >= question_.to || !passes(row)) return true;
  group at;
  if (question_.interval) at.begin = begin_of(*question_.interval, begin * 1000);
  return add_to(std::move(at), 0, row);
}

bool usage_report::add_to(group at, std::size_t dimension, const usage_row& row) {
  if (dimension < question_.group_by.size()) {
    bool all = true;
    for (auto& value : values_of(question_.group_by[dimension], row)) {
      auto next = at;
      next.values.push_back(std::move(value));
      all = add_to(std::move(next), dimension + 1, row) && all;
    }
    return all;
  }
  const auto known = groups_.find(at);
  if (known == groups_.end() && groups_.size() >= groups_max) {
    is_cut_ = true;
    return false;
  }
  (known == groups_.end() ? groups_[std::move(at)] : known->second) += row.counts;
  return true;
}

std::string usage_report::json(const std::map<std::string, std::int64_t>& watermark) const {
  std::string out;
  json::writer w(out);
  w.begin_object().key("data").begin_array();
  for (const auto& [at, counts] : groups_) {
    w.begin_object();
    if (question_.interval) w.member("begin", time_text(at.begin));
    for (std::size_t i = 0; i < at.values.size(); ++i) {
      const auto d = question_.group_by[i];
      w.member(name_of(d), at.values[i]);
      if (const auto name = given_name(d, at.values[i])) w.member(std::string(name_of(d)) + "_name", *name);
    }
    each_count(counts, [&](std::string_view name, std::int64_t value) { w.member(name, value); });
    w.end_object();
  }
  w.end_array().member("from", time_text(question_.from)).member("to", time_text(question_.to)).member("truncated", is_cut_);
  w.key("watermark").begin_object();
  for (const auto& [node, at_ms] : watermark) w.member(node, timestamp(wall_time(milliseconds(at_ms))));
  w.end_object().end_object();
  return out;
}

std::string usage_report::csv() const {
  std::string out;
  if (question_.interval) out += "begin,";
  for (const auto d : question_.group_by) {
    out.append(name_of(d)).append(",");
    if (given_name(d, {})) out.append(name_of(d)).append("_name,");
  }
  out += "requests,prompt_tokens,completion_tokens,cached_tokens,cost,estimated,waste_tokens\r\n";
  for (const auto& [at, counts] : groups_) {
    if (question_.interval) out.append(time_text(at.begin)).append(",");
    for (std::size_t i = 0; i < at.values.size(); ++i) {
      append_csv(out, at.values[i]);
      out += ',';
      const auto name = given_name(question_.group_by[i], at.values[i]);
      if (!name) continue;
      append_csv(out, *name);
      out += ',';
    }
    each_count(counts, [&](std::string_view name, std::int64_t value) { out.append(std::to_string(value)).append(name == "waste_tokens" ? "\r\n" : ","); });
  }
  return out;
}

}  // namespace edgemesh::admission
