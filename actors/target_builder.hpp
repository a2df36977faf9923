// Makes what shards need to reach a backend out of its settings and of the addresses that its name has at present. Owned by
// the backend's actor; one thread. Reads certificate files when it is made.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/client_tls.hpp"
#include "net/upstream_target.hpp"
#include "settings/backend_settings.hpp"

namespace edgemesh::actors {

class target_builder {
 public:
  /// Errors are those of the TLS files.
  static result<target_builder> make(const settings::backend_settings& settings);

  /// The name to resolve: the proxy's where there is one, else the backend's.
  const host_port& dialled() const noexcept { return settings_.proxy ? settings_.proxy->authority : settings_.url.authority; }

  /// New addresses of dialled(), all of them to be tried. True when they differ as a set; their order alone counts for nothing.
  bool addresses_found(const std::vector<ip_address>& addresses);
  void edgemesh_recognised(bool is_edgemesh) noexcept { is_edgemesh_ = is_edgemesh; }
  bool has_addresses() const noexcept { return !addresses_.empty(); }
  const std::vector<ip_endpoint>& addresses() const noexcept { return addresses_; }

  std::shared_ptr<const net::upstream_target> target() const;
  /// May media URLs be sent there: configured, else only when every address is known to be public.
  bool remote_media() const;

 private:
  explicit target_builder(const settings::backend_settings& settings) : settings_(settings) {}
  std::uint64_t pool_key() const;

  settings::backend_settings settings_;
  std::shared_ptr<const net::client_tls> tls_;
  std::vector<ip_endpoint> addresses_;
  std::shared_ptr<std::atomic<std::size_t>> best_address_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::uint64_t address_epoch_ = 0;  // steps when no old address is left: connections to those are not used again
  bool is_edgemesh_ = false;
};

}  // namespace edgemesh::actors
