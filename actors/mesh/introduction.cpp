#include "actors/mesh/introduction.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"
#include "json/writer.hpp"
#include "proto/limits.hpp"
#include "replication/claims.hpp"

namespace edgemesh::actors {

std::string write_introduction(const introduction& i) {
  std::string out;
  json::writer w(out);
  w.begin_object().member("key", i.key.to_hex()).key("records").begin_array();
  for (const auto& raw : i.records) w.string(base64::encode(raw));
  w.end_array().end_object();
  return out;
}

result<introduction> read_introduction(std::string_view body) {
  const error none{"this is no introduction"};
  if (json::validate(body)) return none;
  const auto v = json::value::first_in(body);
  const auto key = node_key::from_hex(v["key"].text_or(""));
  if (!key || v["records"].type() != json::kind::array) return none;
  introduction i;
  i.key = *key;
  for (const auto& e : v["records"].elements()) {
    auto raw = base64::decode(e.text_or(""));
    if (!raw || raw->empty() || raw->size() > proto::record_max || i.records.size() >= proto::proofs_max) return none;
    i.records.push_back(std::move(*raw));
  }
  return i;
}

result<std::vector<proto::sealed_record>> believed(const introduction& i, const replication::roster::root& root, const proto::signing& keys,
                                                   std::int64_t now_s) {
  const error no_proof{"these records do not show that this key is a member"};
  std::vector<proto::sealed_record> records, membership;
  for (const auto& raw : i.records) {
    auto r = proto::read_record(raw);
    const bool is_own = r && r->head.kind == proto::record_kind::node && r->signer == i.key;
    if (!r || (!is_own && !replication::is_about_membership(r->head.kind)) || !proto::is_genuine(*r, root.mesh, keys)) return no_proof;
    if (!is_own) membership.push_back(*r);
    records.push_back(std::move(*r));
  }
  replication::roster members(root, keys);
  members.learn(membership);
  if (members.find(i.key, now_s) == nullptr && !members.heirs().contains(i.key)) return no_proof;
  return records;
}

bool introduction_limit::may_ask(const std::string& source, instant now) {
  if (!sources_.contains(source) && sources_.size() >= sources_max) sources_.erase(sources_.begin());
  auto& of_source = sources_.try_emplace(source, per_minute_of_source / 60, per_minute_of_source).first->second;
  return of_source.take(1, now) && all_.take(1, now);
}

}  // namespace edgemesh::actors
