#include "cli/mesh_commands.hpp"

#include <charconv>

#include "base/ascii.hpp"
#include "base/units.hpp"
#include "cli/mesh_views.hpp"
#include "cli/node_views.hpp"
#include "cli/terminal.hpp"
#include "domain/mesh_ids.hpp"
#include "json/writer.hpp"
#include "settings/value_text.hpp"

namespace edgemesh::cli {
namespace {

constexpr seconds ttl_max{900};

exit_code wrong(const std::string& message) {
  complain(message);
  return exit_code::usage;
}

exit_code post(const admin_options& options, std::string target, std::string body, const std::function<void(json::value)>& show) {
  const auto link = admin_link::open(options);
  if (!link) return exit_code::usage;
  http_request request;
  request.method = "POST";
  request.target = std::move(target);
  request.body = std::move(body);
  return link->ask(std::move(request), show);
}

void print_invitation(json::value v) {
  std::string text = "for one " + scalar_text(v["role"]) + " node";
  if (const auto name = scalar_text(v["name"]); !name.empty()) text += " named " + name;
  if (const auto site = scalar_text(v["site"]); !site.empty()) text += " at " + site;
  text += ", data up to " + scalar_text(v["data_class"]) + ", until " + scalar_text(v["expires_at"]) + ", redeemed at " + joined(v["addresses"]) +
          "; there: edgemesh serve --join TOKEN\n";
  print(printable(text, true) + printable(scalar_text(v["token"])) + "\n");
}

/// nullopt: no time and no duration.
std::optional<std::int64_t> since_of(const std::string& text) {
  if (const auto at = parse_timestamp(text)) return at;
  const auto ago = parse_duration(text);
  if (!ago) return std::nullopt;
  const auto at = std::chrono::system_clock::now() - std::chrono::duration_cast<milliseconds>(*ago);
  return std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count();
}

/// Reads `width` digits at the front.
std::optional<int> digits(std::string_view& text, std::size_t width) {
  int out = 0;
  if (text.size() < width) return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + width, out);
  if (failure != std::errc() || end != text.data() + width || !ascii::is_digit(text.front())) return std::nullopt;
  text.remove_prefix(width);
  return out;
}

bool skip(std::string_view& text, char c) {
  if (text.empty() || ascii::lower(text.front()) != c) return false;
  text.remove_prefix(1);
  return true;
}

/// ".123" in milliseconds; further digits are cut off.
std::optional<int> fraction(std::string_view& text) {
  if (!skip(text, '.')) return 0;
  int out = 0, scale = 100, seen = 0;
  for (; !text.empty() && ascii::is_digit(text.front()); text.remove_prefix(1), ++seen, scale /= 10) out += (text.front() - '0') * scale;
  return seen > 0 ? std::optional(out) : std::nullopt;
}

/// "z" or "+02:00", in minutes.
std::optional<int> offset(std::string_view& text) {
  if (skip(text, 'z')) return 0;
  const int sign = skip(text, '-') ? -1 : skip(text, '+') ? 1 : 0;
  if (sign == 0) return std::nullopt;
  const auto hours = digits(text, 2);
  if (!hours || *hours > 23 || !skip(text, ':')) return std::nullopt;
  const auto minutes = digits(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  const auto year = digits(text, 4);
  if (!year || !skip(text, '-')) return std::nullopt;
  const auto month = digits(text, 2);
  if (!month || !skip(text, '-')) return std::nullopt;
  const auto day = digits(text, 2);
  if (!day || !skip(text, 't')) return std::nullopt;
  const auto hour = digits(text, 2);
  if (!hour || *hour > 23 || !skip(text, ':')) return std::nullopt;
  const auto minute = digits(text, 2);
  if (!minute || *minute > 59 || !skip(text, ':')) return std::nullopt;
  const auto second = digits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  const auto thousandths = fraction(text);
  if (!thousandths) return std::nullopt;
  const auto east = offset(text);
  if (!east || !text.empty()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1970) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + *hour) * 60 + *minute - *east) * 60 + *second) * 1000 + *thousandths;
}

exit_code invite(const invite_options& options) {
  if (!node_role_from(options.role)) return wrong("--role: expected full or edge");
  for (const auto& [flag, text] : {std::pair("--site", &options.site), {"--data-class", &options.data_class}, {"--name", &options.name}})
    if (!text->empty() && !settings::is_name(*text)) return wrong(std::string(flag) + ": expected 1 to 63 characters out of a-z, 0-9 and -");
  const auto ttl = parse_duration(options.ttl);
  if (!ttl || *ttl < seconds(1) || *ttl > ttl_max) return wrong("--ttl: expected a duration from 1s to 15m");
  std::string body;
  json::writer w(body);
  w.begin_object().member("role", options.role);
  if (!options.site.empty()) w.member("site", options.site);
  if (!options.data_class.empty()) w.member("data_class", options.data_class);
  if (!options.name.empty()) w.member("name", options.name);
  w.member("ttl", std::chrono::floor<seconds>(*ttl).count()).end_object();
  return post(options.admin, "/admin/v1/join-tokens", std::move(body), print_invitation);
}

exit_code evict(const evict_options& options) {
  if (!settings::is_name(options.node) && !node_key::from_hex(options.node)) return wrong("expected the name of a node, or its key as 64 hex digits");
  std::string body;
  json::writer w(body);
  w.begin_object().member("node", options.node);
  if (!options.since.empty()) {
    const auto since = since_of(options.since);
    if (!since) return wrong("--since: expected a time such as 2026-11-23T08:00:00Z, or a duration before now such as 2h");
    w.member("since", *since);
  }
  w.end_object();
  return post(options.admin, "/admin/v1/evictions", std::move(body), [](json::value v) { print(eviction_view(v)); });
}

exit_code show_mesh(const admin_options& options) {
  const auto link = admin_link::open(options);
  if (!link) return exit_code::usage;
  return link->get("/admin/v1/mesh", [](json::value v) { print(mesh_view(v)); });
}

exit_code show_peers(const admin_options& options) {
  const auto link = admin_link::open(options);
  if (!link) return exit_code::usage;
  return link->get("/admin/v1/peers", [](json::value v) { print(peers_view(v)); });
}

exit_code leave_mesh(const admin_options& options) {
  return post(options, "/admin/v1/mesh/leave", "", [](json::value v) {
    print(printable(scalar_text(v["node"]) + " has left the mesh " + scalar_text(v["mesh"]) + " and serves on alone") + "\n");
  });
}

exit_code rotate_key(const admin_options& options) {
  return post(options, "/admin/v1/mesh/rotate", "", [](json::value v) {
    print(printable(scalar_text(v["node"]) + " has a new key, " + scalar_text(v["key"])) + "\n");
  });
}

}  // namespace edgemesh::cli
