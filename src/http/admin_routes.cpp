#include "http/admin_routes.hpp"

#include "http/api_routes.hpp"

namespace edgemesh::http {

namespace {

using kind = admin_question::kind;

/// `{prefix}` alone, or `{prefix}SUBJECT{suffix}` where it ends in a slash. A path stands once for each of its methods.
struct admin_path {
  std::string_view prefix, suffix, method;
  kind what;
};
constexpr admin_path paths[] = {
    {"/metrics", "", "GET", kind::metrics},
    {"/admin/v1/status", "", "GET", kind::status},
    {"/admin/v1/backends", "", "GET", kind::backends},
    {"/admin/v1/backends/", "/drain", "POST", kind::backend_drain},
    {"/admin/v1/backends/", "/enable", "POST", kind::backend_enable},
    {"/admin/v1/backends/", "/probe", "POST", kind::backend_probe},
    {"/admin/v1/backends/", "", "GET", kind::backend},
    {"/admin/v1/models", "", "GET", kind::models},
    {"/admin/v1/sessions", "", "GET", kind::sessions},
    {"/admin/v1/sessions/", "", "DELETE", kind::session_cancel},
    {"/admin/v1/requests", "", "GET", kind::requests},
    {"/admin/v1/requests/", "", "GET", kind::request},
    {"/admin/v1/explain", "", "POST", kind::explain},
    {"/admin/v1/reload", "", "POST", kind::reload},
    {"/admin/v1/peers", "", "GET", kind::peers},
    {"/admin/v1/mesh", "", "GET", kind::mesh},
    {"/admin/v1/join-tokens", "", "POST", kind::join_tokens},
    {"/admin/v1/evictions", "", "POST", kind::evictions},
    {"/admin/v1/mesh/leave", "", "POST", kind::mesh_leave},
    {"/admin/v1/mesh/rotate", "", "POST", kind::mesh_rotate},
    {"/admin/v1/keys", "", "GET", kind::keys},
    {"/admin/v1/keys", "", "POST", kind::key_create},
    {"/admin/v1/keys/import", "", "POST", kind::keys_import},
    {"/admin/v1/keys/", "/rotate", "POST", kind::key_rotate},
    {"/admin/v1/keys/", "", "GET", kind::key},
    {"/admin/v1/keys/", "", "PATCH", kind::key_update},
    {"/admin/v1/keys/", "", "DELETE", kind::key_revoke},
    {"/admin/v1/groups", "", "GET", kind::groups},
    {"/admin/v1/groups", "", "POST", kind::group_create},
    {"/admin/v1/groups/", "", "GET", kind::group},
    {"/admin/v1/groups/", "", "PATCH", kind::group_update},
    {"/admin/v1/groups/", "", "DELETE", kind::group_delete},
    {"/admin/v1/usage", "", "GET", kind::usage},
    {"/admin/v1/audit", "", "GET", kind::audit},
    {"/admin/v1/store/backup", "", "POST", kind::store_backup},
};

bool fits(std::string_view method, std::string_view wanted) { return method == wanted || (method == "HEAD" && wanted == "GET"); }

void add_method(std::string& allow, std::string_view method) {
  if (!allow.empty()) allow += ", ";
  allow += method == "GET" ? "GET, HEAD" : method;
}

/// The subject of the path, "" where it has none; nothing: another path.
std::optional<std::string> subject_of(const admin_path& p, std::string_view path) {
  if (!p.prefix.ends_with('/')) return path == p.prefix ? std::optional(std::string()) : std::nullopt;
  if (!path.starts_with(p.prefix) || !path.ends_with(p.suffix) || path.size() <= p.prefix.size() + p.suffix.size()) return std::nullopt;
  const auto raw = path.substr(p.prefix.size(), path.size() - p.prefix.size() - p.suffix.size());
  if (raw.find('/') != raw.npos) return std::nullopt;
  return percent_decoded(raw);
}

}  // namespace

admin_route match_admin(std::string_view method, std::string_view path, bool metrics_only) {
  admin_route route;
  if (path == "/healthz") {
    add_method(route.allow, "GET");
    route.healthz = fits(method, "GET");
    return route;
  }
  const admin_path* met = nullptr;  // what a fixed path means is not taken for a subject
  for (const auto& p : paths) {
    if (metrics_only && p.what != kind::metrics) continue;
    if (met != nullptr && (met->prefix != p.prefix || met->suffix != p.suffix)) continue;
    auto subject = subject_of(p, path);
    if (!subject) continue;
    met = &p;
    add_method(route.allow, p.method);
    if (!route.question && fits(method, p.method)) {
      route.question.emplace();
      route.question->what = p.what;
      route.question->subject = std::move(*subject);
    }
  }
  return route;
}

key_role role_for(admin_question::kind what) noexcept {
  switch (what) {
    case kind::status:
    case kind::backends:
    case kind::backend:
    case kind::models:
    case kind::sessions:
    case kind::explain:
    case kind::requests:
    case kind::request:
    case kind::metrics:
    case kind::peers:
    case kind::mesh:
    case kind::usage:
    case kind::audit: return key_role::viewer;
    case kind::keys:
    case kind::key:
    case kind::key_create:
    case kind::key_update:
    case kind::key_revoke:
    case kind::key_rotate:
    case kind::groups:
    case kind::group: return key_role::group_admin;
    default: return key_role::admin;
  }
}

}  // namespace edgemesh::http
