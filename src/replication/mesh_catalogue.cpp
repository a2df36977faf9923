#include "replication/mesh_catalogue.hpp"

#include <algorithm>

namespace edgemesh::replication {

using proto::record_kind;

std::shared_ptr<const proto::backend_content> mesh_catalogue::parsed(const content_hash& hash, const content_source& content) {
  if (hash.is_zero()) return nullptr;
  const auto here = parsed_.find(hash);
  if (here != parsed_.end())
    if (auto known = here->second.lock()) return known;
  const auto* bytes = content(hash);
  if (!bytes) return nullptr;
  auto read = proto::read_content(*bytes);
  // Content that nobody can read offers nothing: the row stays, without models.
  auto shared = std::make_shared<const proto::backend_content>(read ? std::move(*read) : proto::backend_content{});
  if (parsed_.size() > 64 && parsed_.size() > 2 * described_.size())
    std::erase_if(parsed_, [](const auto& p) { return p.second.expired(); });
  parsed_.insert_or_assign(hash, shared);
  return shared;
}

bool mesh_catalogue::apply(const proto::sealed_record& record, const content_source& content) {
  if (record.signer == self_) return false;
  if (record.head.kind == record_kind::node) {
    auto body = proto::read_node(record);
    if (!body) return false;
    auto& node = described_[record.signer];
    node.body = std::move(*body);
    node.stamp_ms = record.head.stamp_ms;
    return true;
  }
  if (record.head.kind != record_kind::backend) return false;
  auto body = proto::read_backend(record);
  if (!body) return false;
  auto& backends = described_[record.signer].backends;
  if (body->is_gone) return backends.erase(body->name) > 0;
  auto& row = backends[body->name];
  if (!row.content || row.body.content != body->content) row.content = parsed(body->content, content);
  row.body = std::move(*body);
  row.stamp_ms = record.head.stamp_ms;
  row.incarnation = record.head.version.incarnation;
  return true;
}

bool mesh_catalogue::content_arrived(const content_hash& hash, const content_source& content) {
  bool was_waited_for = false;
  for (auto& [signer, node] : described_)
    for (auto& [name, row] : node.backends)
      if (!row.content && row.body.content == hash) {
        row.content = parsed(hash, content);
        was_waited_for |= row.content != nullptr;
      }
  return was_waited_for;
}

void mesh_catalogue::follow(const roster& members, std::int64_t now_s) {
  std::erase_if(described_, [&](const auto& d) { return !members.is_admitted(d.first); });
  present_.clear();
  own_.reset();
  for (auto& m : members.members(now_s)) {
    if (m.key == self_) {
      own_ = std::move(m);
      continue;
    }
    const auto clearance = level_of(m.clearance);
    auto name = m.name;
    const auto key = m.key;
    present_.emplace(std::pair(std::move(name), key), present_node{std::move(m), clearance});
  }
}

bool mesh_catalogue::is_for_us(const member& owner, backend_offer offer) const {
  return offer == backend_offer::mesh || (offer == backend_offer::site && own_ && !own_->site.empty() && owner.site == own_->site);
}

remote_backend mesh_catalogue::row_of(const present_node& owner, const offered& o) const {
  remote_backend row;
  row.owner = owner.who.key;
  row.node = owner.who.name;
  row.site = owner.who.site;
  row.body = o.body;
  row.data_class = o.body.data_class_configured ? std::min(level_of(o.body.data_class), owner.clearance) : classes_.lowest();
  row.stamp_ms = o.stamp_ms;
  row.content = o.content;
  return row;
}

mesh_view mesh_catalogue::view() const {
  mesh_view v;
  v.self = own_;
  v.nodes.reserve(present_.size());
  for (const auto& [name, node] : present_) {
    const auto about = described_.find(node.who.key);
    if (about == described_.end()) {
      v.nodes.push_back({node.who, {}, 0});
      continue;
    }
    v.nodes.push_back({node.who, about->second.body, about->second.stamp_ms});
    for (const auto& [backend, offered] : about->second.backends) {
      if (is_for_us(node.who, offered.body.offer)) v.backends.push_back(row_of(node, offered));
      const auto& b = offered.body;
      if (!b.id.empty()) v.shared.push_back({node.who.key, b.name, b.id, offered.incarnation, b.load.concurrency, b.share, b.claim, b.seen});
    }
  }
  return v;
}

mesh_view view_of(const record_table& table, const roster& members, const member& self, const data_classes& classes,
                  const content_source& content, std::int64_t now_s) {
  mesh_catalogue catalogue(self.key, classes);
  table.for_each([&](const proto::sealed_record& r) { catalogue.apply(r, content); });
  catalogue.follow(members, now_s);
  return catalogue.view();
}

}  // namespace edgemesh::replication
