#include "http/admin_routes.hpp"

#include "http/api_routes.hpp"

namespace edgemesh::http {

namespace {

using kind = admin_question::kind;

struct fixed_path {
  std::string_view path, method;
  kind what;
};
constexpr fixed_path fixed_paths[] = {
    {"/metrics", "GET", kind::metrics},
    {"/admin/v1/status", "GET", kind::status},
    {"/admin/v1/backends", "GET", kind::backends},
    {"/admin/v1/models", "GET", kind::models},
    {"/admin/v1/sessions", "GET", kind::sessions},
    {"/admin/v1/requests", "GET", kind::requests},
    {"/admin/v1/explain", "POST", kind::explain},
    {"/admin/v1/reload", "POST", kind::reload},
    {"/admin/v1/peers", "GET", kind::peers},
    {"/admin/v1/mesh", "GET", kind::mesh},
    {"/admin/v1/join-tokens", "POST", kind::join_tokens},
    {"/admin/v1/evictions", "POST", kind::evictions},
    {"/admin/v1/mesh/leave", "POST", kind::mesh_leave},
    {"/admin/v1/mesh/rotate", "POST", kind::mesh_rotate},
};

struct subject_path {
  std::string_view prefix, suffix, method;
  kind what;
};
constexpr subject_path subject_paths[] = {
    {"/admin/v1/backends/", "/drain", "POST", kind::backend_drain},
    {"/admin/v1/backends/", "/enable", "POST", kind::backend_enable},
    {"/admin/v1/backends/", "/probe", "POST", kind::backend_probe},
    {"/admin/v1/backends/", "", "GET", kind::backend},
    {"/admin/v1/sessions/", "", "DELETE", kind::session_cancel},
    {"/admin/v1/requests/", "", "GET", kind::request},
};

constexpr std::string_view allow_of(std::string_view method) {
  return method == "GET" ? "GET, HEAD" : method;
}
bool fits(std::string_view method, std::string_view wanted) { return method == wanted || (method == "HEAD" && wanted == "GET"); }

admin_route answer(std::string_view method, std::string_view wanted, kind what, std::string subject) {
  admin_route route;
  route.allow = allow_of(wanted);
  if (fits(method, wanted)) route.question = admin_question{what, std::move(subject), {}, {}, {}};
  return route;
}

}  // namespace

admin_route match_admin(std::string_view method, std::string_view path, bool metrics_only) {
  if (path == "/healthz") {
    admin_route route;
    route.allow = allow_of("GET");
    route.healthz = fits(method, "GET");
    return route;
  }
  for (const auto& f : fixed_paths)
    if (path == f.path && (!metrics_only || f.what == kind::metrics)) return answer(method, f.method, f.what, {});
  if (metrics_only) return {};
  for (const auto& s : subject_paths) {
    if (!path.starts_with(s.prefix) || !path.ends_with(s.suffix) || path.size() <= s.prefix.size() + s.suffix.size()) continue;
    const auto raw = path.substr(s.prefix.size(), path.size() - s.prefix.size() - s.suffix.size());
    if (raw.find('/') != std::string_view::npos) continue;
    if (auto subject = percent_decoded(raw)) return answer(method, s.method, s.what, std::move(*subject));
  }
  return {};
}

}  // namespace edgemesh::http
