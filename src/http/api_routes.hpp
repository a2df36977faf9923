// Which page a request of the client's API means. Routes come from the path alone. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "domain/endpoint.hpp"

namespace edgemesh::http {

enum class api_page : unsigned char { inference, models, model, healthz, readyz, endpoints, join, ask, options, not_found, wrong_method };

struct api_route {
  api_page page = api_page::not_found;
  endpoint kind = endpoint::chat;  ///< of inference
  std::string model;               ///< of model: percent-decoded, may have '/' and ':'
  std::string_view allow;          ///< methods of the path, for 405 and OPTIONS
  bool head_only = false;          ///< HEAD: the head of what GET answers
};

api_route match_api(std::string_view method, std::string_view path);
/// On listen.peer: inference, /healthz and POST /mesh/v1/ask for a member, POST /mesh/v1/join and /mesh/v1/introduce (both are `join`) alone for a
/// node that is not known.
inline constexpr std::string_view introduction_path = "/mesh/v1/introduce";
api_route match_peer(std::string_view method, std::string_view path, bool is_join);
/// nullopt on a malformed escape or a NUL.
std::optional<std::string> percent_decoded(std::string_view text);
/// A short name for logs and metrics: "chat", "models", "-"…
std::string_view route_name(const api_route& route) noexcept;
/// Of whatever is asked where nodes join; of what members ask about this node. Neither is a client's.
inline constexpr std::string_view join_route = "join", question_route = "ask";

}  // namespace edgemesh::http
