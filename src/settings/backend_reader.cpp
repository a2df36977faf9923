#include <algorithm>

#include "base/ascii.hpp"
#include "settings/draft.hpp"
#include "settings/proxy_choice.hpp"
#include "settings/text_file.hpp"

namespace edgemesh::settings {
namespace {

constexpr std::size_t key_file_bytes_max = 64u << 10;

/// The three ways in which a key is given; only one of them is used.
constexpr const char* key_sources[] = {"api_key", "api_key_file", "api_key_command"};

bool has_api_key(const cursor& from) {
  return std::any_of(std::begin(key_sources), std::end(key_sources), [&](const char* key) { return bool(from[key]); });
}

void check_key_sources(const cursor& from, reading& context) {
  const char* first = nullptr;
  for (const auto* key : key_sources) {
    if (!from[key]) continue;
    if (first != nullptr) context.faults.add(from[key].where(), std::string("has no effect beside ") + first + "; keep one of the two");
    if (first == nullptr) first = key;
  }
}

void read_api_key(const cursor& from, reading& context, backend_settings& out) {
  check_key_sources(from, context);
  if (const auto key = from["api_key"].text()) out.api_key = secret(*key);
  out.api_key_command = from["api_key_command"].texts();
  const auto file = from["api_key_file"];
  const auto path = file.text();
  if (!path || from["api_key"]) return;
  auto content = read_text_file(context.folder / *path, key_file_bytes_max);
  if (!content) return context.faults.add(file.where(), content.error().message);
  const auto line = ascii::trim(std::string_view(*content).substr(0, content->find('\n')));
  if (!is_plain_text(line)) return context.faults.add(file.where(), "the file's first line is no key: expected plain text");
  out.api_key = secret(std::string(line));
}

void read_tls(const cursor& from, reading& context, backend_settings& out) {
  for (const auto* key : {"ca_file", "client_cert", "client_key", "server_name"})
    if (from[key] && !out.url.tls) context.faults.add(from[key].where(), "has no effect: the URL is not https");
  if (from["client_cert"] && !from["client_key"]) context.faults.add(from["client_cert"].where(), "needs client_key beside it");
  if (from["client_key"] && !from["client_cert"]) context.faults.add(from["client_key"].where(), "needs client_cert beside it");
  out.ca_file = read_pem(from["ca_file"], "CERTIFICATE", context, out.files_digest);
  out.client_cert = read_pem(from["client_cert"], "CERTIFICATE", context, out.files_digest);
  out.client_key = read_pem(from["client_key"], "PRIVATE KEY", context, out.files_digest);
  cursor::into(out.server_name, from["server_name"].text());
}

bool is_header_name(std::string_view name) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return ascii::is_alnum(c) || others.find(c) != std::string_view::npos;
  });
}

void read_headers(const cursor& from, reading& context, backend_settings& out) {
  constexpr std::string_view ours[] = {"host", "content-length", "content-type", "transfer-encoding", "connection",
                                       "upgrade", "te", "trailer", "keep-alive", "proxy-authorization", "expect"};
  for (const auto& [name, value] : from["headers"].members()) {
    const std::string lower = ascii::lower(name);
    if (!is_header_name(name))
      context.faults.add(value.where(), "is no header name");
    else if (std::find(std::begin(ours), std::end(ours), lower) != std::end(ours) || lower.starts_with("x-edgemesh-"))
      context.faults.add(value.where(), "is set by EdgeMesh itself; remove it");
    else if (lower == "authorization" && has_api_key(from))
      context.faults.add(value.where(), "stands against api_key; keep one of the two");
    else if (std::any_of(out.headers.begin(), out.headers.end(), [&](const auto& h) { return ascii::iequals(h.first, name); }))
      context.faults.add(value.where(), "the same header stands here twice");
    else if (const auto text = value.text())
      out.headers.emplace_back(name, secret(*text));
  }
}

void read_proxy(const cursor& from, reading& context, backend_settings& out) {
  const auto configured = from["proxy"];
  const auto text = configured.text();
  if (text && *text == "none") return;
  if (text) {
    if (is_loopback_host(out.url.authority.host))
      return context.faults.add(configured.where(), "has no effect: loopback is never reached by a proxy");
    if (auto parsed = parse_proxy(*text)) out.proxy = std::move(*parsed);
    return;
  }
  if (auto found = proxy_from_environment(out.url, context.from.env))
    out.proxy = std::move(*found);
  else
    context.faults.add(place{"", {}, from.where().key}, found.error().message);
}

void read_names(const cursor& from, reading& context, backend_settings& out) {
  out.allow_fields = from["allow_fields"].texts();
  out.models = from["models"].texts();
  for (const auto& [public_name, upstream] : from["rename"].members()) {
    if (public_name.find("::") != std::string::npos)
      context.faults.add(upstream.where(), "a model name with \"::\" could never be asked for: that is how a backend is pinned");
    if (const auto text = upstream.text()) out.rename.emplace(public_name, *text);
  }
  for (const auto& [name, value] : from["query"].members())
    if (const auto text = value.text()) out.query.emplace_back(name, *text);
}

/// What clients ask for where the allow list says all that there is.
bool is_offered(const std::string& name, const backend_settings& b) {
  if (b.models.empty()) return true;
  const auto lists = [&](const std::string& upstream) { return std::find(b.models.begin(), b.models.end(), upstream) != b.models.end(); };
  const auto renamed = b.rename.find(name);
  return renamed != b.rename.end() ? lists(renamed->second) : lists(name);
}

void read_prices(const cursor& from, reading& context, backend_settings& out) {
  const auto price_of = [](const cursor& at) { return parse_price(at.text().value_or("")); };
  for (const auto& [model, at] : from["prices"].members()) {
    model_prices p;
    cursor::into(p.input, price_of(at["input"]));
    p.cached_input = p.input;
    cursor::into(p.cached_input, price_of(at["cached_input"]));
    cursor::into(p.output, price_of(at["output"]));
    cursor::into(p.request, price_of(at["request"]));
    const bool is_map = !at.text() && at.items().empty();  // anything else is a fault already
    if (is_map && at.members().empty()) context.faults.add(at.where(), "says no price: expected input, cached_input, output or request");
    else if (!is_offered(model, out)) context.faults.add(at.where(), "has no effect: `models` leaves this model out (prices go by the names that clients use)");
    out.prices.emplace(model, p);
  }
}

}  // namespace

resilience::timeout_options read_timeouts(const cursor& from, resilience::timeout_options defaults) {
  cursor::into(defaults.connect, from["connect"].duration());
  cursor::into(defaults.first_event, from["first_event"].duration());
  cursor::into(defaults.idle, from["idle"].duration());
  cursor::into(defaults.total, from["total"].duration());
  cursor::into(defaults.head, from["head"].duration());
  cursor::into(defaults.keep_alive, from["keep_alive"].duration());
  return defaults;
}

backend_settings read_backend(const cursor& from, const resilience::timeout_options& timeouts, reading& context) {
  backend_settings out;
  if (const auto kind = from["kind"].text()) out.kind = backend_kind_from(*kind).value_or(backend_kind::automatic);
  const auto url = from["url"].text().value_or("");
  if (auto parsed = parse_backend_url(url)) {
    out.url = std::move(*parsed);
    out.all_slots = out.kind == backend_kind::cognis && !has_explicit_port(url);
  }
  out.name = from["name"].text().value_or(default_name_of(out));
  out.data_class = from["data_class"].text();
  read_api_key(from, context, out);
  read_headers(from, context, out);
  read_names(from, context, out);
  read_prices(from, context, out);
  out.remote_media = from["remote_media"].boolean();
  out.concurrency = from["concurrency"].integer();
  cursor::into(out.priority, from["priority"].integer());
  cursor::into(out.id, from["id"].text());
  if (const auto offer = from["offer"].text()) cursor::into(out.offer, backend_offer_from(*offer));
  out.timeouts = read_timeouts(from["timeouts"], timeouts);
  if (!out.url.authority.host.empty()) {  // else a fault about the URL was reported already
    read_tls(from, context, out);
    read_proxy(from, context, out);
  }
  return out;
}

}  // namespace edgemesh::settings
