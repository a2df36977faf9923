// The wire of production: a TLS connection to one other node, pumped to BASP's end of a stream pair, through the filter. Control loop.
#pragma once
#include <memory>
#include <optional>

#include "actors/mesh/wire.hpp"
#include "net/link_pump.hpp"

namespace edgemesh::actors {

class tls_wire final : public wire {
 public:
  /// `refused`: called on the loop when the other node does not accept our key; what it takes it for.
  tls_wire(net::mesh_connection connection, const net::basp_filter_options& filter, std::function<void(key_standing)> refused = {})
      : connection_(std::move(connection)), filter_(filter), refused_(std::move(refused)) {}
  ~tls_wire() override { close(); }
  void start(std::function<void(int)> opened, std::function<void(std::string)> closed) override;
  void close() override;

 private:
  std::optional<net::mesh_connection> connection_;  // until start()
  net::basp_filter_options filter_;
  std::function<void(key_standing)> refused_;
  std::shared_ptr<net::link_pump> pump_;
};

}  // namespace edgemesh::actors
