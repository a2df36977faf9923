#include "actors/mesh/join_mesh.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "actors/mesh/join_desk.hpp"
#include "base/base64.hpp"
#include "base/log.hpp"
#include "http/fetch.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"
#include "net/client_tls.hpp"
#include "net/listener.hpp"
#include "net/mesh_acceptor.hpp"
#include "net/name_resolver.hpp"
#include "proto/records.hpp"
#include "replication/record_table.hpp"
#include "replication/roster.hpp"
#include "store/mesh_state.hpp"

namespace edgemesh::actors {

namespace {
namespace asio = boost::asio;

constexpr milliseconds answer_max{8000};
constexpr std::size_t answer_bytes_max = 1u << 20;

/// While it asks, the joiner lets the inviter in on listen.mesh, and nobody else.
std::shared_ptr<net::mesh_acceptor> open_door(asio::io_context& io, const settings::node_settings& s, const net::mesh_identity& own,
                                              const node_key& inviter, host_port& bound, error& problem) {
  auto acceptor = net::bind_listener(io, s.listen.mesh, "listen.mesh");
  if (!acceptor) {
    problem = acceptor.error();
    return nullptr;
  }
  bound = {s.listen.mesh.host, acceptor->local_endpoint().port()};
  auto door = std::make_shared<net::mesh_acceptor>(
      io, std::move(*acceptor), net::mesh_tls::make_server(own, [inviter](const node_key& k) { return k == inviter; }, {net::mesh_protocol::link}),
      net::mesh_acceptor_options{}, [](net::mesh_connection) {});
  door->start();
  return door;
}

result<std::shared_ptr<const net::upstream_target>> target_of(const host_port& at, const net::mesh_identity& own, const node_key& inviter) {
  const auto found = net::name_resolver::ask_system(at.host);
  if (!found) return found.error();
  auto t = std::make_shared<net::upstream_target>();
  t->url.tls = true;
  t->url.authority = at;
  for (const auto& a : *found) t->addresses.push_back({a, at.port});
  t->best_address = std::make_shared<std::atomic<std::size_t>>(0);
  t->host_header = at.to_string();
  t->tls = net::make_join_tls(own, net::fingerprint_of(inviter));
  t->server_name = at.host;
  return std::shared_ptr<const net::upstream_target>(std::move(t));
}

dialects::probe_reply ask(asio::io_context& io, std::shared_ptr<const net::upstream_target> target, std::string body) {
  dialects::probe_request q;
  q.method = "POST";
  q.target = "/mesh/v1/join";
  q.body = std::move(body);
  q.timeout = answer_max;
  q.bytes_max = answer_bytes_max;
  dialects::probe_reply reply;
  asio::co_spawn(io, http::fetch(std::move(target), std::move(q)), [&](std::exception_ptr, dialects::probe_reply r) {
    reply = std::move(r);
    io.stop();
  });
  io.restart();
  io.run();
  return reply;
}

struct join_answer {
  std::string founding;  // the record whose hash the token names
  std::vector<store::stored_record> others;
};

/// The records of the answer, when they show that this node is a member of the token's mesh.
result<join_answer> read_answer(const std::string& body, const join_token& token, const net::mesh_identity& own,
                                                      std::int64_t unix_seconds) {
  const error no_proof{"the node that answered did not show that this one is a member now"};
  if (json::validate(body)) return no_proof;
  replication::roster members({token.mesh, token.founding}, own);
  std::vector<proto::sealed_record> records;
  join_answer stored;
  for (const auto& e : json::value::first_in(body)["records"].elements()) {
    const auto raw = base64::decode(e.text_or(""));
    auto record = raw ? proto::read_record(*raw) : result<proto::sealed_record>(no_proof);
    if (!record || !proto::is_genuine(*record, token.mesh, own)) return no_proof;
    if (own.hash(record->raw) == token.founding) stored.founding = record->raw;
    else stored.others.push_back({replication::record_table::key_of(*record), record->raw});
    records.push_back(std::move(*record));
  }
  members.learn(records);
  if (members.find(own.own_key(), unix_seconds) == nullptr) return no_proof;
  return stored;
}

std::string words_of(const dialects::probe_reply& r) {
  using outcome = dialects::probe_reply::outcome;
  if (r.result != outcome::answered) return r.why.empty() ? "no answer" : r.why;
  const auto message = json::validate(r.body) ? std::nullopt : json::value::first_in(r.body)["error"]["message"].text();
  return message.value_or("status " + std::to_string(r.status));
}

/// What this node is to the mesh, as far as its own disk knows.
key_standing own_standing(const store::mesh_state& known, const net::mesh_identity& own, std::int64_t unix_seconds) {
  replication::roster members({known.id, known.founding}, own);
  std::vector<proto::sealed_record> records;
  for (const auto& raw : known.records)
    if (auto record = proto::read_record(raw)) records.push_back(std::move(*record));
  members.learn(records);
  return members.standing_of(own.own_key(), unix_seconds);
}

result<join_answer> redeem(const settings::node_settings& s, const join_token& token, const net::mesh_identity& own,
                                                 std::int64_t unix_seconds) {
  asio::io_context io(1);
  join_request request{token.id, own.own_key(), s.node.name, s.node.site, {}, join_proof(token.key, token.mesh, token.inviter, own.own_key())};
  std::shared_ptr<net::mesh_acceptor> door;
  if (!s.node.is_undialled) {
    host_port bound;
    error problem;
    door = open_door(io, s, own, token.inviter, bound, problem);
    if (!door) return problem;
    request.mesh_address = settings::advertised_addresses(s, bound, s.listen.peer == s.listen.mesh ? bound : s.listen.peer).mesh;
  }
  std::string tried;
  for (const auto& at : token.addresses) {
    const auto target = target_of(at, own, token.inviter);
    const auto reply = target ? ask(io, *target, write_join_request(request)) : dialects::probe_reply{};
    if (reply.result == dialects::probe_reply::outcome::answered && reply.status == 200) {
      if (door) door->stop();
      return read_answer(reply.body, token, own, unix_seconds);
    }
    tried += (tried.empty() ? "" : "; ") + at.to_string() + ": " + (target ? words_of(reply) : target.error().message);
    if (reply.result == dialects::probe_reply::outcome::answered) break;  // it has spoken: other addresses lead to the same node
  }
  if (door) door->stop();
  return error{"cannot join the mesh: " + tried};
}

}  // namespace

result<void> join_mesh(const settings::node_settings& s, std::int64_t unix_seconds) {
  const auto token = read_join_token(s.join_token.reveal());
  if (!token) return token.error();
  const auto key_file = settings::identity_file_of(s);
  const bool had_key = std::filesystem::exists(key_file);
  auto disk = store::open_store(settings::store_folder_of(s));
  if (!disk) return disk.error();
  const auto known = store::load_mesh_state(**disk);
  if (!known) return known.error();
  if (*known && (*known)->id != token->mesh)
    return error{"this node is in the mesh " + (*known)->id.to_hex() + "; it has to leave that first (edgemesh mesh leave)"};
  const auto own = net::load_or_make_identity(key_file.string());
  if (!own) return own.error();
  const auto now_is = *known ? own_standing(**known, **own, unix_seconds) : key_standing::unknown;
  if (now_is == key_standing::member) return {};
  if (now_is == key_standing::evicted)
    return error{"this node's key is evicted from that mesh for ever; start the node without --join, run edgemesh mesh leave, and join again"};
  const auto records = redeem(s, *token, **own, unix_seconds);
  if (!records) {
    std::error_code ignored;
    if (!had_key) std::filesystem::remove(key_file, ignored);
    return records.error();
  }
  log::info("joined", {{"mesh", token->mesh.brief()}, {"key", (*own)->own_key().brief()}});
  return store::save_mesh_founding(**disk, {token->mesh, token->founding, records->founding}, records->others);
}

}  // namespace edgemesh::actors
