#include "http/upstream_head.hpp"

#include <algorithm>
#include <iterator>

#include "base/version.hpp"

namespace edgemesh::http {

namespace {

void field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name);
  out += ": ";
  // Keys and headers come from files and the environment: none may add a line.
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::none_of(value.begin(), value.end(), is_control)) out += value;
  else std::remove_copy_if(value.begin(), value.end(), std::back_inserter(out), is_control);
  out += "\r\n";
}

/// The proxy reads this request itself; with TLS it only sees the CONNECT before it.
bool is_asked_through_proxy(const net::upstream_target& target) { return target.proxy && !target.url.tls; }

void append_target(std::string& out, const net::upstream_target& target, std::string_view path) {
  // A proxy for plain http is asked with the absolute form (RFC 9112 3.2.2).
  if (is_asked_through_proxy(target)) {
    out += "http://";
    out += target.url.host_header();
  }
  out += target.url.base_path;
  out += path;
  if (!target.query.empty()) {
    out += path.find('?') == std::string_view::npos ? '?' : '&';
    out += target.query;
  }
}

}  // namespace

std::string upstream_request_head(const net::upstream_target& target, const upstream_head_facts& facts) {
  std::string out;
  out.reserve(384);
  out.append(facts.method);
  out += ' ';
  append_target(out, target, facts.target);
  out += " HTTP/1.1\r\n";
  field(out, "Host", target.host_header);
  field(out, "User-Agent", std::string("edgemesh/") + version_text);
  field(out, "Accept", facts.stream ? "text/event-stream, application/json" : "application/json");
  field(out, "Accept-Encoding", "identity");
  if (!target.api_key.empty()) field(out, "Authorization", "Bearer " + std::string(target.api_key.reveal()));
  if (is_asked_through_proxy(target) && !target.proxy->basic_credentials.empty())
    field(out, "Proxy-Authorization", target.proxy->authorization());
  for (const auto& [name, value] : target.headers) field(out, name, value.reveal());
  if (is_traceparent(facts.traceparent)) field(out, "traceparent", facts.traceparent);
  if (target.is_edgemesh) {
    field(out, "x-edgemesh-hops", facts.hops);
    if (!facts.data_class.empty()) field(out, "x-edgemesh-data-class", facts.data_class);
  }
  if (facts.method != "GET") {
    field(out, "Content-Type", "application/json");
    field(out, "Content-Length", std::to_string(facts.content_length));
  }
  out += "\r\n";
  return out;
}

bool is_traceparent(std::string_view v) noexcept {
  if (v.size() != 55 || v[2] != '-' || v[35] != '-' || v[52] != '-') return false;
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (i == 2 || i == 35 || i == 52) continue;
    if (!((v[i] >= '0' && v[i] <= '9') || (v[i] >= 'a' && v[i] <= 'f'))) return false;
  }
  return true;
}

}  // namespace edgemesh::http
