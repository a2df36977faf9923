#include "actors/mesh/own_descriptions.hpp"

#include <algorithm>
#include <cmath>

namespace edgemesh::actors {

namespace {

auto fixed_part(const proto::backend_body& b) {
  return std::tie(b.name, b.id, b.kind, b.offer, b.data_class, b.data_class_configured, b.remote_media, b.priority, b.health, b.is_open,
                  b.is_draining, b.is_gone, b.content, b.content_size);
}

auto load_part(const proto::backend_load& l) { return std::tie(l.in_flight, l.waiting, l.slots, l.concurrency); }

bool is_same(const proto::node_body& a, const proto::node_body& b) {
  return std::tie(a.mesh_address, a.peer_address, a.public_url, a.build, a.version_min, a.version_max, a.features, a.links, a.is_draining) ==
         std::tie(b.mesh_address, b.peer_address, b.public_url, b.build, b.version_min, b.version_max, b.features, b.links, b.is_draining);
}

/// A tenth of what it holds, empty or full, or a queue that comes or goes.
bool is_worth_telling(const proto::backend_load& was, const proto::backend_load& is) {
  const int room = std::max({is.concurrency, is.slots, was.in_flight, 1});
  if (was.slots != is.slots || was.concurrency != is.concurrency) return true;
  if ((was.waiting == 0) != (is.waiting == 0) || (was.in_flight == 0) != (is.in_flight == 0)) return true;
  return std::abs(was.in_flight - is.in_flight) * 10 >= room || std::abs(was.waiting - is.waiting) * 10 >= room;
}

}  // namespace

proto::record_author own_descriptions::author(std::int64_t wall_ms) {
  ++version_.sequence;
  return {keys_, mesh_, version_, wall_ms};
}

std::optional<proto::sealed_record> own_descriptions::describe(const proto::node_body& body, std::int64_t wall_ms) {
  if (node_ && is_same(*node_, body)) return std::nullopt;
  node_ = body;
  return proto::seal(author(wall_ms), body);
}

std::optional<proto::sealed_record> own_descriptions::describe(const proto::backend_body& body, instant now, std::int64_t wall_ms) {
  const auto [at, is_new] = backends_.try_emplace(body.name);
  auto& s = at->second;
  if (is_new || fixed_part(s.body) != fixed_part(body)) {
    s.body = body;
    return sign(s, now, wall_ms);
  }
  s.waiting.reset();
  if (load_part(s.body.load) == load_part(body.load)) return std::nullopt;
  s.due = s.at + (is_worth_telling(s.body.load, body.load) ? load_pause : load_refresh);
  if (s.due > now) {
    s.waiting = body.load;
    return std::nullopt;
  }
  s.body.load = body.load;
  return sign(s, now, wall_ms);
}

std::optional<proto::sealed_record> own_descriptions::withdraw(const std::string& backend, std::int64_t wall_ms) {
  backends_.erase(backend);
  proto::backend_body gone;
  gone.name = backend;
  gone.is_gone = true;
  return proto::seal(author(wall_ms), gone);
}

std::optional<proto::sealed_record> own_descriptions::outrank(proto::record_kind kind, const std::string& subject,
                                                              const proto::record_version& seen, std::int64_t wall_ms) {
  if (seen.incarnation >= version_.incarnation) version_ = {seen.incarnation, std::max(seen.sequence, version_.sequence)};
  if (kind == proto::record_kind::node) return node_ ? std::optional(proto::seal(author(wall_ms), *node_)) : std::nullopt;
  if (kind != proto::record_kind::backend) return std::nullopt;
  const auto at = backends_.find(subject);
  if (at == backends_.end()) return withdraw(subject, wall_ms);
  return proto::seal(author(wall_ms), at->second.body);
}

instant own_descriptions::due() const noexcept {
  auto first = instant::max();
  for (const auto& [_, s] : backends_)
    if (s.waiting) first = std::min(first, s.due);
  return first;
}

std::vector<proto::sealed_record> own_descriptions::take_due(instant now, std::int64_t wall_ms) {
  std::vector<proto::sealed_record> records;
  for (auto& [_, s] : backends_) {
    if (!s.waiting || s.due > now) continue;
    s.body.load = *std::exchange(s.waiting, std::nullopt);
    records.push_back(sign(s, now, wall_ms));
  }
  return records;
}

proto::sealed_record own_descriptions::sign(said& s, instant now, std::int64_t wall_ms) {
  s.at = now;
  s.waiting.reset();
  return proto::seal(author(wall_ms), s.body);
}

}  // namespace edgemesh::actors
