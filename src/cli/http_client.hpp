// A small blocking HTTP client for commands: one exchange, one connection, bounded in time and bytes. No redirects.
// Any thread; blocks the calling one.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/network_address.hpp"
#include "settings/backend_settings.hpp"

namespace edgemesh::cli {

struct http_origin {
  bool tls = false;
  host_port authority;
  std::string ca_file, client_cert, client_key;  ///< PEM; empty: the system's authorities, no client certificate
  std::string server_name;                       ///< "" : authority.host
  std::optional<settings::proxy_settings> proxy;
  bool trusts_leaf = false;  ///< a certificate in ca_file counts by itself, whoever issued it
};
/// Plain HTTP without a proxy.
http_origin plain_origin(host_port authority);
http_origin origin_of(const settings::backend_settings& backend);

struct http_request {
  std::string method = "GET";
  std::string target;  ///< path and query, escaped
  std::vector<std::pair<std::string, secret>> headers;
  std::string body;  ///< JSON; empty: none
  milliseconds connect_timeout{2000};
  milliseconds total_timeout{10000};
  std::size_t bytes_max = 8u << 20;  ///< of a body that is collected
};

struct http_response {
  enum class outcome : unsigned char {
    answered,
    refused,    ///< nobody listens there, no route, or the name is unknown
    timed_out,
    broken,     ///< TLS failed, or what came was no HTTP
  };
  outcome result = outcome::refused;
  std::string detail;  ///< what went wrong, in our words and the system's; "" when answered
  int status = 0;
  std::string content_type, date, edgemesh_node;  ///< headers, raw
  std::string body;
  milliseconds latency{0};  ///< until the head
};

http_response exchange(const http_origin& origin, const http_request& request);

/// As exchange(), but a body with a 2xx status goes to `on_bytes` piece by piece (decoded), until it returns false.
/// total_timeout then bounds each silence instead of the whole.
http_response exchange_streaming(const http_origin& origin, const http_request& request,
                                 const std::function<bool(std::string_view)>& on_bytes);

struct connect_report {
  bool is_listening = false;
  bool timed_out = false;
  milliseconds latency{0};
  std::string detail;  ///< the system's reason, "" when listening
};
/// Connects and closes: sends nothing.
connect_report try_connect(const host_port& authority, milliseconds timeout);

/// End of validity of the first certificate of a PEM file.
result<wall_time> certificate_end(const std::string& pem_file);

}  // namespace edgemesh::cli
