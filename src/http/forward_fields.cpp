#include "http/forward_fields.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "http/api_routes.hpp"
#include "http/request_id.hpp"
#include "http/upstream_head.hpp"

namespace edgemesh::http {

namespace {

constexpr std::size_t name_bytes_max = 512, principal_bytes_max = 256;
constexpr std::int64_t time_left_max_ms = 24 * 3600 * 1000;

template <class T>
std::optional<T> number(std::string_view text) noexcept {
  T value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// Names come from backends and files: any bytes.
std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u > 0x20 && u < 0x7f && c != '%') {
      out += c;
      continue;
    }
    out += '%';
    out += "0123456789ABCDEF"[u >> 4];
    out += "0123456789ABCDEF"[u & 15];
  }
  return out;
}

void field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

openai::api_error malformed(std::string_view name) {
  return openai::bad_request(std::string(name) + " is missing or malformed", {}, "bad_forward");
}

std::optional<std::string> name_in(std::string_view value) {
  if (value.empty() || value.size() > 3 * name_bytes_max) return std::nullopt;
  auto name = percent_decoded(value);
  if (name && name->size() > name_bytes_max) return std::nullopt;
  return name;
}

/// `node/backend`; false when it is neither.
bool read_target(std::string_view value, forward_head& head) {
  const auto slash = value.find('/');
  if (slash == 0 || slash == value.npos) return false;
  auto node = name_in(value.substr(0, slash)), backend = name_in(value.substr(slash + 1));
  if (!node || !backend) return false;
  head.node = std::move(*node);
  head.backend = std::move(*backend);
  return true;
}

}  // namespace

std::string write_forward_head(const net::upstream_target& peer, std::string_view path, std::size_t content_length,
                               const forward_head& head, std::string_view request_id, std::string_view traceparent) {
  std::string out;
  out.reserve(640);
  out.append("POST ").append(path).append(" HTTP/1.1\r\n");
  field(out, "Host", peer.host_header);
  field(out, "Content-Type", "application/json");
  field(out, "Content-Length", std::to_string(content_length));
  field(out, "x-request-id", request_id);
  if (is_traceparent(traceparent)) field(out, "traceparent", traceparent);
  field(out, "x-edgemesh-hop", std::to_string(head.hop));
  field(out, "x-edgemesh-target", percent_encoded(head.node) + "/" + percent_encoded(head.backend));
  field(out, "x-edgemesh-model", percent_encoded(head.model));
  field(out, "x-edgemesh-data-class", percent_encoded(head.data_class));
  field(out, "x-edgemesh-principal", percent_encoded(head.principal));
  field(out, "x-edgemesh-charge-id", head.charge_id);
  field(out, "x-edgemesh-time-left-ms", std::to_string(head.time_left.count()));
  out += "\r\n";
  return out;
}

openai::api_result<forward_head> read_forward_head(const request_head& from) {
  forward_head head;
  const auto hop = number<int>(from["x-edgemesh-hop"]);
  if (!hop || *hop < 1) return malformed("x-edgemesh-hop");
  if (*hop > hops_max)
    return openai::api_error{508, "the request has passed two nodes already", "invalid_request_error", {}, "too_many_hops", {}, true};
  head.hop = *hop;
  if (!read_target(from["x-edgemesh-target"], head)) return malformed("x-edgemesh-target");
  auto model = name_in(from["x-edgemesh-model"]), data_class = name_in(from["x-edgemesh-data-class"]);
  if (!model) return malformed("x-edgemesh-model");
  if (!data_class) return malformed("x-edgemesh-data-class");
  head.model = std::move(*model);
  head.data_class = std::move(*data_class);
  auto principal = percent_decoded(from["x-edgemesh-principal"]);
  if (!principal || principal->size() > principal_bytes_max) return malformed("x-edgemesh-principal");
  head.principal = std::move(*principal);
  head.charge_id = from["x-edgemesh-charge-id"];
  if (!is_request_id(head.charge_id)) return malformed("x-edgemesh-charge-id");
  const auto left = number<std::int64_t>(from["x-edgemesh-time-left-ms"]);
  if (!left || *left > time_left_max_ms) return malformed("x-edgemesh-time-left-ms");
  head.time_left = milliseconds(*left);
  return head;
}

std::string write_load(const routing::told_load& load) {
  return std::to_string(load.in_flight) + ";" + std::to_string(load.waiting) + ";" + std::to_string(load.slots);
}

std::optional<routing::told_load> read_load(std::string_view text) noexcept {
  constexpr int sane_max = 1'000'000;  // a peer that tells more is lying, or broken
  const auto first = text.find(';'), second = text.rfind(';');
  if (first == text.npos || first == second) return std::nullopt;
  const auto in_flight = number<int>(text.substr(0, first)), waiting = number<int>(text.substr(first + 1, second - first - 1)),
             slots = number<int>(text.substr(second + 1));
  if (!in_flight || !waiting || !slots || std::max({*in_flight, *waiting, *slots}) > sane_max) return std::nullopt;
  return routing::told_load{*in_flight, *waiting, *slots};
}

std::string write_cause(attempt_cause cause, std::string_view code) {
  return std::string(name_of(cause)).append(code.empty() ? "" : " ").append(code);
}

std::optional<told_cause> read_cause(std::string_view text) noexcept {
  const auto space = std::min(text.find(' '), text.size());
  const auto code = text.substr(std::min(space + 1, text.size()));
  if (!code.empty() && !is_request_id(code)) return std::nullopt;
  for (int i = 0; i < attempt_cause_count; ++i)
    if (const auto cause = static_cast<attempt_cause>(i); name_of(cause) == text.substr(0, space)) return told_cause{cause, code};
  return std::nullopt;
}

}  // namespace edgemesh::http
