// The sockets of a node: bound before anything else is started, so that a port in use ends the process with one line.
#include "actors/running_node.hpp"
#include "net/listener.hpp"

namespace edgemesh::actors {

namespace {

std::string bound_address(const host_port& asked, const boost::asio::ip::tcp::acceptor& acceptor) {
  return host_port{asked.host, acceptor.local_endpoint().port()}.to_string();
}

}  // namespace

result<void> running_node::listen() {
  const auto& at = settings().listen;
  if (auto r = listen_api(); !r) return r;
  if (auto r = listen_admin(at.admin, at.tls.admin, "admin", false, listening_.admin); !r) return r;
  if (at.metrics)
    if (auto r = listen_admin(*at.metrics, at.tls.metrics, "metrics", true, listening_.metrics); !r) return r;
  return mesh_ ? mesh_->listen() : result<void>{};
}

result<void> running_node::listen_api() {
  const auto& at = settings().listen.api;
  auto first = net::bind_listener(shards_[0].loop().io(), at, "listen.api");
  if (!first) return first.error();
  listening_.api = bound_address(at, *first);
  own_endpoints_.push_back({*parse_ip("127.0.0.1"), first->local_endpoint().port()});
  for (std::size_t i = 1; i < shards_.size(); ++i) {
    auto shared = net::share_listener(shards_[i].loop().io(), *first);
    if (!shared) return shared.error();
    shards_[i].listen(std::move(*shared));
  }
  shards_[0].listen(std::move(*first));
  return certificates_.add("listen.tls.api", settings().listen.tls.api, [this](net::shared_server_tls tls) {
    shards_.tell_all([tls](shard& s) { s.use_tls(tls); });
  });
}

result<void> running_node::listen_admin(const host_port& at, const settings::listener_tls& tls, const std::string& name, bool metrics_only,
                                        std::string& bound) {
  auto acceptor = net::bind_listener(control_.io(), at, ("listen." + name).c_str());
  if (!acceptor) return acceptor.error();
  bound = bound_address(at, *acceptor);
  own_endpoints_.push_back({*parse_ip("127.0.0.1"), acceptor->local_endpoint().port()});
  admin_servers_.push_back(std::make_unique<http::admin_server>(control_.io(), std::move(*acceptor), admin_, metrics_only));
  return certificates_.add(("listen.tls." + name).c_str(), tls,
                           [server = admin_servers_.back().get()](net::shared_server_tls made) { server->use_tls(std::move(made)); });
}

}  // namespace edgemesh::actors
