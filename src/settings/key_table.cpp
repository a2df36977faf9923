#include "settings/key_table.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "base/units.hpp"

namespace edgemesh::settings {
namespace {

using enum value_kind;
constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute;
constexpr std::int64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;

constexpr key_row rows[] = {
    {"node", object},
    {"node.name", name},
    {"node.site", name},
    {"node.public_url", web_url},
    {"node.advertise", dialled_address},
    {"listen", object},
    {"listen.api", listen_address, "127.0.0.1:8780"},
    {"listen.admin", listen_address, "127.0.0.1:8781"},
    {"listen.metrics", listen_address_or_off, "off"},
    {"listen.mesh", listen_address, "127.0.0.1:8790"},
    {"listen.peer", listen_address, "127.0.0.1:8791"},
    {"listen.allow_plain", boolean, "false"},
    {"listen.tls", object},
    {"listen.tls.api", object},
    {"listen.tls.api.cert", path, {}, 0, 0, {}, {}, true},
    {"listen.tls.api.key", path, {}, 0, 0, {}, {}, true},
    {"listen.tls.api.client_ca", path},
    {"listen.tls.admin", object},
    {"listen.tls.admin.cert", path, {}, 0, 0, {}, {}, true},
    {"listen.tls.admin.key", path, {}, 0, 0, {}, {}, true},
    {"listen.tls.admin.client_ca", path},
    {"listen.tls.metrics", object},
    {"listen.tls.metrics.cert", path, {}, 0, 0, {}, {}, true},
    {"listen.tls.metrics.key", path, {}, 0, 0, {}, {}, true},
    {"listen.tls.metrics.client_ca", path},
    {"data_dir", path, "./data"},
    {"discovery", object},
    {"discovery.local", boolean, "true"},
    {"backends", list, "[]", 0, 256},
    {"backends[]", object},
    {"backends[].name", name},
    {"backends[].kind", choice, "auto", 0, 0, "cognis|ollama|llamacpp|vllm|openai|auto"},
    {"backends[].url", backend_url, {}, 0, 0, {}, {}, true},
    {"backends[].data_class", name},
    {"backends[].api_key", secret_text},
    {"backends[].api_key_file", path},
    {"backends[].api_key_command", list, {}, 1, 64, {}, {}, false, true},
    {"backends[].api_key_command[]", secret_text},
    {"backends[].ca_file", path},
    {"backends[].client_cert", path},
    {"backends[].client_key", path},
    {"backends[].server_name", text},
    {"backends[].proxy", proxy_url},
    {"backends[].headers", map, "{}", 0, 32},
    {"backends[].headers.*", secret_text},
    {"backends[].query", map, "{}", 0, 32},
    {"backends[].query.*", secret_text},
    {"backends[].remote_media", boolean},
    {"backends[].allow_fields", list, "[]", 0, 64},
    {"backends[].allow_fields[]", text},
    {"backends[].models", list, {}, 1, 1024},
    {"backends[].models[]", text},
    {"backends[].rename", map, "{}", 0, 256},
    {"backends[].rename.*", text},
    {"backends[].concurrency", integer, {}, 1, 100'000},
    {"backends[].priority", integer, "0", 0, 1000},
    {"backends[].timeouts", object},
    {"backends[].timeouts.connect", duration, {}, 1, 5 * minute},
    {"backends[].timeouts.first_event", duration, {}, 1, 24 * hour},
    {"backends[].timeouts.idle", duration, {}, 1, 24 * hour},
    {"backends[].timeouts.total", duration, {}, 1, 24 * hour},
    {"backends[].prices", map, "{}", 0, 1024},
    {"backends[].prices.*", object},
    {"backends[].prices.*.input", price, "0"},
    {"backends[].prices.*.cached_input", price},
    {"backends[].prices.*.output", price, "0"},
    {"backends[].prices.*.request", price, "0"},
    {"backends[].id", name},
    {"backends[].offer", choice, "mesh", 0, 0, "mesh|site|node"},
    {"data_classes", list, "[public, internal, confidential]", 1, 16},
    {"data_classes[]", name},
    {"models", list, "[]", 0, 256},
    {"models[]", object},
    {"models[].name", text, {}, 0, 0, {}, {}, true},
    {"models[].data_class", name},
    {"models[].continue", choice, "off", 0, 0, "off", "exact"},
    {"models[].routes", list, {}, 1, 64, {}, {}, true},
    {"models[].routes[]", object},
    {"models[].routes[].use", text, {}, 0, 0, {}, {}, true},
    {"models[].routes[].when", object},
    {"models[].routes[].when.prompt_tokens_min", integer, {}, 0, 1'000'000'000},
    {"models[].routes[].when.prompt_tokens_max", integer, {}, 0, 1'000'000'000},
    {"models[].routes[].when.tools", boolean},
    {"models[].routes[].when.images", boolean},
    {"models[].routes[].when.json_schema", boolean},
    {"models[].routes[].when.stream", boolean},
    {"models[].routes[].when.data_class", name},
    {"models[].routes[].when.hours", hours},
    {"routing", object},
    {"routing.optimize", choice, "balanced", 0, 0, "balanced", "latency|cost"},
    {"auth", object},
    {"auth.mode", choice, "none", 0, 0, "none|keys"},
    {"auth.allow_open", boolean, "false"},
    {"threads", integer_or_auto, "auto", 1, 256},
    {"limits", object},
    {"limits.body", bytes, "64MB", 1000, 4 * gib},
    {"limits.memory", bytes_or_percent, "25%", 64 * kib, 64 * 1024 * gib},
    {"limits.head", bytes, "32KiB", 1000, mib},
    {"limits.headers", integer, "100", 8, 1000},
    {"limits.connections", integer, "10000", 1, 1'000'000},
    {"limits.json_depth", integer, "64", 4, 512},
    {"timeouts", object},
    {"timeouts.connect", duration, "2s", 1, 5 * minute},
    {"timeouts.first_event", duration, "300s", 1, 24 * hour},
    {"timeouts.idle", duration, "60s", 1, 24 * hour},
    {"timeouts.total", duration, "600s", 1, 24 * hour},
    {"timeouts.head", duration, "10s", 1, 10 * minute},
    {"timeouts.keep_alive", duration, "75s", 1, 24 * hour},
    {"commit", object},
    {"commit.patience", duration, "10s", 0, 10 * minute},
    {"drain_timeout", duration, "30s", 0, 24 * hour},
    {"cors", object},
    {"cors.origins", list, "[]", 0, 64},
    {"cors.origins[]", origin},
    {"log", object},
    {"log.level", choice, "info", 0, 0, "debug|info|warn|error"},
    {"log.format", choice, "text", 0, 0, "text|json"},
    {"queue", later},
    {"usage", object},
    {"usage.raw_days", integer, "30", 1, 36500},
    {"usage.minute_days", integer, "7", 1, 36500},
    {"usage.hour_days", integer, "90", 1, 36500},
    {"usage.day_days", integer, "1100", 1, 36500},
    {"audit", object},
    {"audit.days", integer, "400", 1, 36500},
    {"audit.entries", integer, "1000000", 1000, 100'000'000},
    {"audit.file", path},
    {"store", object},
    {"store.sync", duration, "200ms", 10, 10 * second},
    {"store.reserve", bytes, "512MB", mib, 1024 * gib},
    {"tls", later},
    {"detectors", later},
};

std::string_view parent_of(std::string_view row_path) {
  const auto dot = row_path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : row_path.substr(0, dot);
}
std::string_view last_part(std::string_view row_path) {
  const auto dot = row_path.rfind('.');
  return dot == std::string_view::npos ? row_path : row_path.substr(dot + 1);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> previous(b.size() + 1), current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), 0u);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j)
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
    std::swap(previous, current);
  }
  return previous[b.size()];
}

std::string replaced(std::string_view text_with_bars) {
  std::string out;
  for (char c : text_with_bars) out += c == '|' ? std::string(", ") : std::string(1, c);
  return out;
}

std::string range(const key_row& row) {
  if (row.kind == duration)
    return ", from " + format_duration(milliseconds(row.min)) + " to " + format_duration(milliseconds(row.max));
  if (row.kind == bytes || row.kind == bytes_or_percent)
    return ", from " + format_bytes(static_cast<byte_count>(row.min)) + " to " + format_bytes(static_cast<byte_count>(row.max));
  return " from " + std::to_string(row.min) + " to " + std::to_string(row.max);
}

}  // namespace

std::span<const key_row> key_table() noexcept { return rows; }

const key_row* find_row(std::string_view wanted) noexcept {
  const auto* found = std::find_if(std::begin(rows), std::end(rows), [&](const key_row& r) { return r.path == wanted; });
  return found == std::end(rows) ? nullptr : found;
}

std::vector<std::string_view> child_keys(std::string_view object_path) {
  std::vector<std::string_view> out;
  for (const auto& row : rows)
    if (parent_of(row.path) == object_path && !row.path.ends_with("]") && !row.path.ends_with("*"))
      out.push_back(last_part(row.path));
  return out;
}

std::string_view nearest_key(std::string_view typed, const std::vector<std::string_view>& known) {
  if (typed.size() > 64) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, typed.size() / 3) + 1;
  for (auto candidate : known) {
    const auto d = edit_distance(typed, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string_view path_ending_in(std::string_view key) noexcept {
  for (const auto& row : rows)
    if (row.kind != later && last_part(row.path) == key && row.path != key) return row.path;
  return {};
}

std::string expected_text(const key_row& row) {
  switch (row.kind) {
    case object: return "a map of keys";
    case list: return "a list";
    case map: return "a map of names to values";
    case text: return "text without control characters";
    case name: return "a name of 1 to 63 characters out of a-z, 0-9 and -";
    case boolean: return "true or false";
    case integer: return "a whole number" + range(row);
    case integer_or_auto: return "auto or a whole number" + range(row);
    case duration: return "a duration such as 30s" + range(row);
    case bytes: return "a size such as 64MB or 32KiB" + range(row);
    case bytes_or_percent: return "a share of the machine's memory from 1% to 90%, or a size such as 512MB" + range(row);
    case listen_address: return "an address such as 127.0.0.1:8780, name:8780 or [::1]:8780";
    case listen_address_or_off: return "off or an address such as 127.0.0.1:9090";
    case dialled_address: return "none or an address that other nodes reach, such as fra-1.example:8790";
    case backend_url: return "a URL such as http://127.0.0.1:11434 or https://host/v1, without user, query or fragment";
    case web_url: return "a URL such as https://llm.example.com";
    case proxy_url: return "none or a proxy such as http://user:password@proxy:3128";
    case secret_text: return "text without control characters";
    case path: return "a path";
    case choice: return "one of " + replaced(row.choices);
    case origin: return "* or an origin such as https://app.example.com, without a path";
    case hours: return "a time span such as 08:00-18:00";
    case price: return "a price such as 0.15: a number up to 1000000000 with at most six digits behind the point";
    case later: return "nothing: not in this version";
  }
  return "";
}

}  // namespace edgemesh::settings
