#include "http/api_routes.hpp"

namespace edgemesh::http {

namespace {

constexpr std::string_view model_prefix = "/v1/models/";

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The page behind a path, as if the method were right.
api_route page_of(std::string_view path) {
  for (const endpoint e : {endpoint::chat, endpoint::completions, endpoint::embeddings})
    if (path == path_of(e)) return {api_page::inference, e, {}, "POST, OPTIONS", false};
  constexpr std::string_view reading = "GET, HEAD, OPTIONS";
  if (path == "/v1/models") return {api_page::models, endpoint::chat, {}, reading, false};
  if (path == "/healthz") return {api_page::healthz, endpoint::chat, {}, reading, false};
  if (path == "/readyz") return {api_page::readyz, endpoint::chat, {}, reading, false};
  if (path == "/mesh/endpoints") return {api_page::endpoints, endpoint::chat, {}, reading, false};
  if (path.starts_with(model_prefix) && path.size() > model_prefix.size())
    if (auto id = percent_decoded(path.substr(model_prefix.size()))) return {api_page::model, endpoint::chat, std::move(*id), reading, false};
  return {};
}

}  // namespace

api_route match_api(std::string_view method, std::string_view path) {
  auto route = page_of(path);
  route.head_only = method == "HEAD";  // its errors have no body either: what follows would be read as the next answer
  if (method == "OPTIONS") {
    if (path == "*") route.allow = "GET, HEAD, POST, OPTIONS";
    if (!route.allow.empty()) route.page = api_page::options;
    return route;
  }
  if (route.page == api_page::not_found) return route;
  if (route.page == api_page::inference) {
    if (method != "POST") route.page = api_page::wrong_method;
    return route;
  }
  if (method != "GET" && method != "HEAD") route.page = api_page::wrong_method;
  return route;
}

api_route match_peer(std::string_view method, std::string_view path, bool is_join) {
  if (is_join) {
    if (path != "/mesh/v1/join" && path != introduction_path) return {};
    return {method == "POST" ? api_page::join : api_page::wrong_method, endpoint::chat, {}, "POST", false};
  }
  if (path == "/mesh/v1/ask") return {method == "POST" ? api_page::ask : api_page::wrong_method, endpoint::chat, {}, "POST", false};
  auto route = match_api(method, path);
  const bool is_served = route.page == api_page::inference || route.page == api_page::healthz || route.page == api_page::wrong_method;
  return is_served ? route : api_route{};
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string_view route_name(const api_route& route) noexcept {
  switch (route.page) {
    case api_page::inference: return name_of(route.kind);
    case api_page::models:
    case api_page::model: return "models";
    case api_page::healthz: return "healthz";
    case api_page::readyz: return "readyz";
    case api_page::endpoints: return "endpoints";
    case api_page::join: return join_route;
    case api_page::ask: return question_route;
    default: return "-";
  }
}

}  // namespace edgemesh::http
