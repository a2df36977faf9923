#include "dialects/ollama_model.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/ascii.hpp"
#include "dialects/model_list.hpp"

namespace edgemesh::dialects {
namespace {

std::string namespace_of(std::string_view name) {
  const auto slash = name.find_last_of('/');
  if (slash == std::string_view::npos) return "library";
  const auto before = name.substr(0, slash);
  return std::string(before.substr(before.find_last_of('/') + 1));
}

void set_capabilities(model_offer& offer, json::value list) {
  if (list.type() != json::kind::array) return;
  const auto has = [&](std::string_view word) {
    return std::ranges::any_of(list.elements(), [&](json::value v) { return v.equals(word); });
  };
  const bool generates = has("completion");
  auto& set = offer.capabilities;
  set.set(capability::chat, generates);
  set.set(capability::completions, generates);
  set.set(capability::json_schema, generates);
  set.set(capability::embeddings, has("embedding"));
  set.set(capability::tools, has("tools"));
  set.set(capability::vision, has("vision"));
  set.set(capability::audio, has("audio"));
  set.set(capability::reasoning, has("thinking"));
}

// The number behind `num_ctx` in the lines of a Modelfile's parameters.
std::optional<std::int64_t> num_ctx_of(std::string_view parameters) noexcept {
  constexpr std::string_view word = "num_ctx";
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find('\n'), parameters.size());
    auto line = ascii::trim(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (!line.starts_with(word) || line.size() == word.size() || !ascii::is_space(line[word.size()])) continue;
    line = ascii::trim(line.substr(word.size()));
    std::int64_t tokens = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), tokens).ec == std::errc() && tokens > 0) return tokens;
  }
  return std::nullopt;
}

std::optional<std::int64_t> trained_context_of(json::value info) noexcept {
  for (const auto& m : info.members()) {
    const auto key = m.key.raw().substr(1, m.key.raw().size() - 2);
    if (const auto tokens = m.val.integer(); key.ends_with(".context_length") && tokens && *tokens > 0) return tokens;
  }
  return std::nullopt;
}

}  // namespace

bool is_cloud_name(std::string_view name) noexcept {
  const auto last = name.substr(name.find_last_of('/') + 1);
  const auto colon = last.find_last_of(':');
  if (colon == std::string_view::npos) return false;
  const auto tag = last.substr(colon + 1);
  constexpr std::string_view ending = "-cloud";
  return ascii::iequals(tag, "cloud") ||
         (tag.size() > ending.size() && ascii::iequals(tag.substr(tag.size() - ending.size()), ending));
}

std::optional<model_offer> offer_of_tag(json::value entry) {
  model_offer offer;
  offer.name = entry["name"].text_or(entry["model"].text_or(""));
  if (!is_acceptable_model_id(offer.name)) return std::nullopt;
  offer.upstream = offer.name;
  offer.owned_by = namespace_of(offer.name);
  offer.created = unix_seconds(entry["modified_at"].text_or(""));
  offer.runs_elsewhere = is_cloud_name(offer.name) || !entry["remote_host"].text_or("").empty() ||
                         !entry["remote_model"].text_or("").empty();
  describe_ollama_model(offer, entry);
  return offer;
}

void describe_ollama_model(model_offer& offer, json::value reply) {
  set_capabilities(offer, reply["capabilities"]);
  auto tokens = num_ctx_of(reply["parameters"].text_or(""));
  if (!tokens) tokens = trained_context_of(reply["model_info"]);
  if (!tokens) tokens = reply["details"]["context_length"].integer();
  if (tokens && *tokens > 0) offer.context_length = tokens;
}

std::int64_t unix_seconds(std::string_view text) noexcept {
  // 2026-11-22T10:00:00.123456789+02:00
  const auto field = [&](std::size_t at, std::size_t size) {
    int v = -1;
    if (at + size > text.size()) return v;
    const auto* from = text.data() + at;
    const auto [end, fault] = std::from_chars(from, from + size, v);
    return fault == std::errc() && end == from + size && v >= 0 ? v : -1;
  };
  const int y = field(0, 4), mo = field(5, 2), d = field(8, 2), h = field(11, 2), mi = field(14, 2), s = field(17, 2);
  if (std::min({y, mo, d, h, mi, s}) < 0 || h > 23 || mi > 59 || s > 60) return 0;
  const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(static_cast<unsigned>(mo)),
                                         std::chrono::day(static_cast<unsigned>(d))};
  if (!date.ok() || y < 1970) return 0;
  std::int64_t at = std::chrono::sys_days(date).time_since_epoch().count() * 86'400LL + h * 3600 + mi * 60 + s;
  const auto zone = text.find_first_of("+-Zz", 19);
  if (zone == std::string_view::npos) return 0;
  if (text[zone] == '+' || text[zone] == '-') {
    const int zh = field(zone + 1, 2), zm = field(zone + 4, 2);
    if (zh < 0 || zm < 0) return 0;
    at += (text[zone] == '+' ? -1 : 1) * (zh * 3600 + zm * 60);
  }
  return std::max<std::int64_t>(0, at);
}

}  // namespace edgemesh::dialects
