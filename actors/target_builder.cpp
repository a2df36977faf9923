#include "actors/target_builder.hpp"

#include <algorithm>
#include <functional>

#include "base/ascii.hpp"

namespace edgemesh::actors {

namespace {

std::string percent_encoded(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (ascii::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto b = static_cast<unsigned char>(c);
    out += '%';
    out += digits[b >> 4];
    out += digits[b & 15];
  }
  return out;
}

class key_mixer {
 public:
  key_mixer& add(std::string_view text) { return add(std::hash<std::string_view>{}(text)); }
  key_mixer& add(std::uint64_t v) {
    key_ ^= v + 0x9e3779b97f4a7c15ull + (key_ << 6) + (key_ >> 2);
    return *this;
  }
  std::uint64_t key() const noexcept { return key_; }

 private:
  std::uint64_t key_ = 0;
};

}  // namespace

result<target_builder> target_builder::make(const settings::backend_settings& settings) {
  target_builder out(settings);
  if (settings.url.tls) {
    auto tls = net::client_tls::make({.ca_file = settings.ca_file.string(),
                                      .client_cert = settings.client_cert.string(),
                                      .client_key = settings.client_key.string()});
    if (!tls) return tls.error();
    out.tls_ = *tls;
  }
  if (const auto literal = parse_ip(out.dialled().host)) out.addresses_found({*literal});
  return out;
}

bool target_builder::addresses_found(const std::vector<ip_address>& addresses) {
  std::vector<ip_endpoint> next;
  for (const auto& a : addresses) next.push_back({a, dialled().port});
  auto sorted = [](auto v) {
    std::sort(v.begin(), v.end());
    return v;
  };
  if (next.empty() || sorted(next) == sorted(addresses_)) return false;
  const bool keeps_one = std::any_of(next.begin(), next.end(), [&](const auto& e) {
    return std::find(addresses_.begin(), addresses_.end(), e) != addresses_.end();
  });
  if (!keeps_one) ++address_epoch_;
  addresses_ = std::move(next);
  best_address_ = std::make_shared<std::atomic<std::size_t>>(0);  // the old one counts in another list
  return true;
}

std::shared_ptr<const net::upstream_target> target_builder::target() const {
  auto t = std::make_shared<net::upstream_target>();
  t->url = settings_.url;
  t->host_header = settings_.url.host_header();
  t->tls = tls_;
  t->server_name = settings_.server_name.empty() ? settings_.url.authority.host : settings_.server_name;
  if (settings_.proxy)
    t->proxy = std::make_shared<net::outbound_proxy>(
        net::outbound_proxy{settings_.proxy->authority, addresses_, settings_.proxy->basic_credentials});
  else
    t->addresses = addresses_;
  t->best_address = best_address_;
  t->api_key = settings_.api_key;
  t->headers = settings_.headers;
  for (const auto& [name, value] : settings_.query)
    t->query += (t->query.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  t->timeouts = settings_.timeouts;
  t->is_edgemesh = is_edgemesh_;
  t->pool_key = pool_key();
  return t;
}

std::uint64_t target_builder::pool_key() const {
  key_mixer k;
  k.add(settings_.name).add(settings_.url.to_string()).add(settings_.server_name).add(settings_.files_digest);
  k.add(settings_.ca_file.string()).add(settings_.client_cert.string()).add(settings_.client_key.string());
  if (settings_.proxy)
    k.add(settings_.proxy->authority.to_string()).add(settings_.proxy->basic_credentials.reveal());
  return k.add(address_epoch_).key();
}

bool target_builder::remote_media() const {
  if (settings_.remote_media) return *settings_.remote_media;
  if (const auto known = settings::default_remote_media(settings_.url)) return *known;
  if (settings_.proxy || addresses_.empty()) return false;  // where the name leads is not known here
  return std::none_of(addresses_.begin(), addresses_.end(),
                      [](const auto& e) { return e.address.is_loopback() || e.address.is_private(); });
}

}  // namespace edgemesh::actors
