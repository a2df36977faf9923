#include "actors/mesh/introducer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <caf/all.hpp>

#include "base/log.hpp"
#include "http/fetch.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"
#include "net/client_tls.hpp"

namespace edgemesh::actors {

namespace asio = boost::asio;

namespace {

/// The code of an error that another node answers with; "" when it is none of the form that ours have.
std::string code_in(const std::string& body) {
  if (json::validate(body)) return {};
  const auto code = json::value::first_in(body)["error"]["code"].text_or("");
  const bool is_code = code.size() <= 40 && code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
  return is_code ? code : std::string();
}

}  // namespace

std::function<void()> introducer::if_here(std::function<void()> f) const {
  return [&io = deps_.io, here = std::weak_ptr(is_over_), f = std::move(f)] {
    asio::post(io, [here, f] {
      if (!here.expired()) f();
    });
  };
}

void introducer::introduce(const node_key& peer, const host_port& address) {
  const auto now = steady_clock::now();
  std::erase_if(asked_, [&](const auto& a) { return now - a.second > pause; });
  if (asked_.contains(peer) || under_way_ >= at_once) return;
  asked_[peer] = now;
  ++under_way_;
  deps_.resolver.resolve("introduction " + peer.to_hex(), address.host, [this, peer, address, here = std::weak_ptr(is_over_)](const net::name_resolver::answer& found) {
    if (here.expired()) return;
    if (!found) {
      --under_way_;
      return;
    }
    ask(peer, target_of(peer, address, found));
  });
}

/// Whoever answers there is heard: its key may be another one than this node knows, which is what it is asked about.
introducer::target_ptr introducer::target_of(const node_key& peer, const host_port& at, const net::name_resolver::answer& found) const {
  const auto anybody = [peer](const node_key&) { return net::entry_verdict{key_standing::member, peer}; };
  auto t = std::make_shared<net::upstream_target>();
  t->url.tls = true;
  t->url.authority = at;
  for (const auto& a : *found) t->addresses.push_back({a, at.port});
  t->best_address = std::make_shared<std::atomic<std::size_t>>(0);
  t->host_header = at.to_string();
  t->tls = std::make_shared<const net::client_tls>(net::mesh_tls::make_client(*deps_.identity(), anybody, net::mesh_protocol::join), peer);
  t->server_name = at.host;
  return t;
}

void introducer::ask(const node_key& peer, target_ptr target) {
  caf::anon_send(replicator_, ask_proofs{reply_slot<std::vector<std::string>>([this, peer, target, here = std::weak_ptr(is_over_)](auto proofs) {
                   if (here.expired()) return;
                   if_here([this, peer, target, proofs] {
                     if (proofs && !proofs->empty()) return send(peer, target, *proofs);
                     --under_way_;
                   })();
                 })});
}

void introducer::send(const node_key& peer, target_ptr target, std::vector<std::string> proofs) {
  dialects::probe_request q;
  q.method = "POST";
  q.target = "/mesh/v1/introduce";
  q.body = write_introduction({deps_.identity()->own_key(), std::move(proofs)});
  q.timeout = answer_max;
  q.bytes_max = http::introduction_bytes_max * 2;
  asio::co_spawn(deps_.io, http::fetch(std::move(target), std::move(q)),
                 [this, peer, here = std::weak_ptr(is_over_)](std::exception_ptr failed, dialects::probe_reply r) {
                   if (here.expired()) return;
                   --under_way_;
                   const bool is_answer = !failed && r.result == dialects::probe_reply::outcome::answered;
                   if (is_answer && r.status == 200) return heard(peer, r.body);
                   log::info("introduction_failed", {{"peer", peer.brief()}, {"reason", is_answer ? "status " + std::to_string(r.status) : r.why}, {"code", is_answer ? code_in(r.body) : ""}});
                 });
}

void introducer::heard(const node_key& peer, const std::string& body) {
  const auto said = read_introduction(body);
  if (!said) return;
  auto records = believed(*said, deps_.root, *deps_.identity(), deps_.wall_ms() / 1000);
  if (!records) return log::info("introduction_failed", {{"peer", peer.brief()}, {"reason", records.error().message}});
  caf::anon_send(replicator_, introduce_records{said->key, std::move(*records), {}});
  log::info("introduced", {{"peer", peer.brief()}});
  deps_.introduced(peer);
}

}  // namespace edgemesh::actors
