// What changes in this node when its key does, beside its records: key_change says when.
#include <caf/all.hpp>

#include "actors/mesh/mesh_host.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {

namespace {

constexpr seconds resumes_after{3};  // links are up by then

}  // namespace

/// An earlier life died in the middle of it.
void mesh_host::resume_change() {
  log::info("key_change_goes_on");
  resumption_.expires_after(resumes_after);
  resumption_.async_wait([this](boost::system::error_code ec) {
    if (!ec && !has_left_ && !rotation_.is_under_way()) rotation_.start([](const result<node_key>&) {});
  });
}

/// Others let both keys in: the new one is shown on every connection from now on.
void mesh_host::show_key(net::shared_identity next) {
  using p = net::mesh_protocol;
  identities_.push_back(std::move(next));
  const auto& shown = *identities_.back();
  for (const auto& a : acceptors_) a.acceptor->use(net::mesh_tls::make_server(shown, entrance(), a.offered));
  link_client_ = net::mesh_tls::make_client(shown, gate(), p::link);
  reach_.use(shown);
}

/// To everybody else this is another node, which has the old one's place. Before the replicator says so to all of them.
void mesh_host::become(net::shared_identity next) {
  self_ = next->own_key();
  reach_.is_called(self_);
  shares_.is_called(self_);
  caf::anon_send(links_, links_rekeyed{self_});
  caf::anon_send(membership_, membership_rekeyed{next});
  joining_.use(next);
  admin_.use_key(self_);
}

}  // namespace edgemesh::actors
