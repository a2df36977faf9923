#include "actors/mesh/join_desk.hpp"

#include "json/validate.hpp"
#include "json/value.hpp"
#include "json/writer.hpp"
#include "net/keyed_hash.hpp"
#include "proto/field_reader.hpp"

namespace edgemesh::actors {

std::string write_join_request(const join_request& r) {
  std::string out;
  json::writer w(out);
  w.begin_object().member("token", r.id.to_hex()).member("key", r.key.to_hex()).member("name", r.name).member("site", r.site);
  w.member("mesh_address", r.mesh_address).member("proof", r.proof.to_hex()).end_object();
  return out;
}

result<join_request> read_join_request(std::string_view body) {
  if (json::validate(body)) return error{"this is no join request"};
  const auto v = json::value::first_in(body);
  const auto id = join_token_id::from_hex(v["token"].text_or(""));
  const auto key = node_key::from_hex(v["key"].text_or(""));
  const auto proof = content_hash::from_hex(v["proof"].text_or(""));
  join_request r;
  r.name = v["name"].text_or("");
  r.site = v["site"].text_or("");
  r.mesh_address = v["mesh_address"].text_or("");
  if (!id || !key || !proof || !proto::is_label(r.name) || (!r.site.empty() && !proto::is_label(r.site))) return error{"this is no join request"};
  if (!r.mesh_address.empty() && !parse_host_port(r.mesh_address)) return error{"the address that others shall dial is none"};
  r.id = *id;
  r.key = *key;
  r.proof = *proof;
  return r;
}

content_hash join_proof(const secret& key, const mesh_id& mesh, const node_key& inviter, const node_key& joiner) {
  std::string text = "edgemesh join 1";
  text.append(mesh.view()).append(inviter.view()).append(joiner.view());
  return net::keyed_hash(key, text);
}

bool join_desk::keep(const join_token& token, invitation what, std::int64_t now_s) {
  std::erase_if(open_, [&](const auto& t) { return t.second.expires_at < now_s; });
  if (open_.size() >= tokens_max) return false;
  open_[token.id] = {token.key, std::move(what), token.expires_at, 0, false};
  return true;
}

bool join_desk::is_too_often(instant now) {
  while (!asked_.empty() && asked_.front() + std::chrono::minutes(1) < now) asked_.pop_front();
  if (asked_.size() >= questions_per_minute) return true;
  asked_.push_back(now);
  return false;
}

result<invitation> join_desk::take(const join_request& r, std::int64_t now_s, instant now) {
  if (is_too_often(now)) return error{"too many join requests; try again in a minute"};
  const error unknown{"this token is not known here: used, ended, of another node, or of an earlier life of this one; print a new one"};
  const auto at = open_.find(r.id);
  if (at == open_.end() || at->second.is_taken) return unknown;
  auto& t = at->second;
  if (t.expires_at < now_s) {
    open_.erase(at);
    return unknown;
  }
  if (!net::equal_secretly(join_proof(t.key, mesh_, self_, r.key).view(), r.proof.view())) {
    if (++t.wrong >= wrong_proofs_max) open_.erase(at);
    return unknown;
  }
  t.is_taken = true;
  return t.what;
}

void join_desk::put_back(const join_token_id& id) {
  if (const auto at = open_.find(id); at != open_.end()) at->second.is_taken = false;
}

}  // namespace edgemesh::actors
