#include "cli/node_origin.hpp"

#include <fstream>
#include <string_view>

#include "net/certificate_facts.hpp"

namespace edgemesh::cli {

namespace {

/// Takes the scheme off; nullopt: there is none.
std::optional<bool> take_scheme(std::string_view& text) {
  for (const auto& [scheme, is_tls] : {std::pair<std::string_view, bool>("https://", true), {"http://", false}})
    if (text.starts_with(scheme)) {
      text.remove_prefix(scheme.size());
      if (text.ends_with('/')) text.remove_suffix(1);
      return is_tls;
    }
  return std::nullopt;
}

result<void> set_client_certificate(const tls_flags& flags, http_origin& out) {
  if (flags.client_cert.empty() != flags.client_key.empty()) return error{"--client-cert and --client-key stand together"};
  for (const auto* file : {&flags.client_cert, &flags.client_key})
    if (!file->empty() && !std::ifstream(*file)) return error{"cannot read " + *file};
  out.client_cert = flags.client_cert;
  out.client_key = flags.client_key;
  return {};
}

result<void> set_trust(const settings::listener_tls& tls, const tls_flags& flags, http_origin& out) {
  out.trusts_leaf = true;
  out.ca_file = flags.ca;
  if (!flags.ca.empty()) return std::ifstream(flags.ca) ? result<void>{} : error{"--ca: cannot read " + flags.ca};
  if (!tls.is_on()) return {};
  const auto name = net::certificate_name(tls.cert.string());
  if (!name) return name.error();
  out.ca_file = tls.cert.string();
  out.server_name = *name;
  return {};
}

}  // namespace

host_port dialled_address(host_port listening) {
  if (listening.host == "0.0.0.0") listening.host = "127.0.0.1";
  if (listening.host == "::") listening.host = "::1";
  return listening;
}

result<http_origin> node_origin(const char* flag, const std::string& text, const host_port& configured, const settings::listener_tls& tls,
                                const tls_flags& flags) {
  auto out = plain_origin(dialled_address(configured));
  out.tls = tls.is_on();
  if (!text.empty()) {
    std::string_view address = text;
    out.tls = take_scheme(address).value_or(out.tls);
    auto parsed = parse_host_port(address);
    if (!parsed) return error{std::string(flag) + ": " + parsed.error().message};
    out.authority = std::move(*parsed);
  }
  if (!out.tls) return out;
  if (auto set = set_client_certificate(flags, out); !set) return set.error();
  if (auto set = set_trust(tls, flags, out); !set) return set.error();
  return out;
}

}  // namespace edgemesh::cli
