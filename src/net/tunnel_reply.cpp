#include "net/tunnel_reply.hpp"

namespace edgemesh::net {

std::string tunnel_problem(std::string_view head) {
  const bool is_http = head.starts_with("HTTP/1.1 ") || head.starts_with("HTTP/1.0 ");
  const auto status = is_http ? head.substr(9, 3) : std::string_view();
  if (status.size() != 3 || status.find_first_not_of("0123456789") != std::string_view::npos)
    return "the proxy answers, but not with HTTP";
  if (status[0] == '2') return {};
  if (status == "407") return "the proxy wants other credentials (407); its URL takes them: http://USER:PASSWORD@HOST:PORT";
  return "the proxy refused to connect to it (" + std::string(status) + ")";
}

}  // namespace edgemesh::net
