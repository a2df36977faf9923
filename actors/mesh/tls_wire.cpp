#include "actors/mesh/tls_wire.hpp"

#include "base/log.hpp"

namespace edgemesh::actors {

void tls_wire::start(std::function<void(int)> opened, std::function<void(std::string)> closed) {
  if (!connection_) return closed("the connection was not wanted any more");
  net::link_pump::ports ports;
  ports.opened = [opened = std::move(opened)](platform::socket_handle end) { opened(static_cast<int>(end)); };
  ports.closed = [closed, peer = filter_.peer](std::string why, net::basp_fault fault) {
    if (fault != net::basp_fault::none) log::warn("peer_refused", {{"peer", peer.brief()}, {"reason", net::name_of(fault)}});
    closed(std::move(why));
  };
  ports.refused = refused_;
  auto pump = net::link_pump::make(std::move(*connection_), filter_, {}, std::move(ports));
  connection_.reset();
  if (!pump) return closed(pump.error().message);
  pump_ = std::move(*pump);
  pump_->start();
}

void tls_wire::close() {
  connection_.reset();
  if (auto pump = std::exchange(pump_, nullptr)) pump->close();
}

}  // namespace edgemesh::actors
