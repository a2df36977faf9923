// Which HTTP proxy an outgoing connection takes: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in either case. Pure given an
// environment.
#pragma once
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "settings/backend_settings.hpp"
#include "settings/source.hpp"

namespace edgemesh::settings {

/// nullopt: direct. Loopback never takes a proxy. The error names the variable, never its value.
result<std::optional<proxy_settings>> proxy_from_environment(const backend_url& url, const environment& env);

/// NO_PROXY: entries separated by commas; `*`, a host, a domain (`corp`, `.corp` and `*.corp` cover it and all below), an address, a network
/// in CIDR form, each with an optional :port.
bool no_proxy_covers(std::string_view list, const host_port& authority);

}  // namespace edgemesh::settings
