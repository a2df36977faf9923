#include "replication/own_records.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace edgemesh::replication {
namespace {

/// Everything but the load.
auto lasting_part(const proto::backend_body& b) {
  return std::tie(b.name, b.id, b.kind, b.offer, b.data_class, b.data_class_configured, b.remote_media, b.priority, b.health, b.is_open,
                  b.is_draining, b.is_gone, b.content, b.content_size, b.load.slots, b.load.concurrency,
                  b.share, b.claim, b.seen);
}

auto all_of(const proto::node_body& n) {
  return std::tie(n.mesh_address, n.peer_address, n.public_url, n.build, n.version_min, n.version_max, n.features, n.links, n.is_draining,
                  n.undialled);
}

/// What the owner lets in at most: its share of a common limit, the limit, or what the backend works on at once.
int limit_of(const proto::backend_body& b, const proto::backend_load& l) noexcept {
  if (b.claim != 0) return std::max(b.share, 1);
  return l.concurrency > 0 ? l.concurrency : l.slots;
}

bool is_idle(const proto::backend_load& l) noexcept { return l.in_flight == 0 && l.waiting == 0; }

enum class level { idle, busy, full };
level level_of(const proto::backend_load& l, int limit) noexcept {
  if (is_idle(l)) return level::idle;
  const bool is_full = l.waiting > 0 || (limit > 0 && l.in_flight >= limit);
  return is_full ? level::full : level::busy;
}

}  // namespace

proto::record_author own_records::next_author(std::int64_t wall_ms) {
  ++version_.sequence;
  return {*keys_, mesh_, version_, wall_ms};
}

std::optional<proto::sealed_record> own_records::describe(const proto::node_body& body, std::int64_t wall_ms) {
  if (node_ && all_of(*node_) == all_of(body)) return std::nullopt;
  node_ = body;
  return proto::seal(next_author(wall_ms), body);
}

bool own_records::is_worth_telling(const proto::backend_body& told, const proto::backend_load& is) const {
  const auto& was = told.load;
  const int limit = limit_of(told, is);
  if (level_of(was, limit) != level_of(is, limit)) return true;
  const double room = limit > 0 ? limit : limit_unknown;
  const auto most = std::max(std::abs(was.in_flight - is.in_flight), std::abs(was.waiting - is.waiting));
  return most > 0 && most >= options_.load_share * room;
}

/// When the load as it is now is to be told, if nothing more happens.
instant own_records::due_of(const said& s) const {
  if (is_worth_telling(s.body, s.load)) return s.at + load_pause();
  return is_idle(s.load) ? instant::max() : s.at + std::max(options_.load_refresh, load_pause());
}

milliseconds own_records::load_pause() const noexcept {
  const auto for_all = options_.load_pause_per_node * static_cast<std::int64_t>(std::min<std::size_t>(nodes_, 1'000'000));
  return std::clamp(for_all, options_.load_pause, std::max(options_.load_pause, options_.load_pause_max));
}

std::optional<proto::sealed_record> own_records::describe(const proto::backend_body& body, instant now, std::int64_t wall_ms) {
  const auto [here, is_new] = backends_.try_emplace(body.name);
  auto& s = here->second;
  gone_.erase(body.name);
  s.load = body.load;
  if (is_new || lasting_part(s.body) != lasting_part(body)) {
    s.body = body;
    return sign(s, now, wall_ms);
  }
  s.due = due_of(s);
  if (s.due > now) return std::nullopt;
  return sign(s, now, wall_ms);
}

std::optional<proto::sealed_record> own_records::withdraw(const std::string& backend, std::int64_t wall_ms) {
  backends_.erase(backend);
  if (gone_.contains(backend)) return std::nullopt;
  if (gone_.size() >= gone_max) gone_.erase(gone_.begin());
  gone_.insert(backend);
  proto::backend_body gone;
  gone.name = backend;
  gone.is_gone = true;
  return proto::seal(next_author(wall_ms), gone);
}

std::optional<proto::sealed_record> own_records::outrank(proto::record_kind kind, const std::string& subject,
                                                         const proto::record_version& seen, std::int64_t wall_ms) {
  version_ = std::max(version_, seen);
  if (kind == proto::record_kind::node && node_) return proto::seal(next_author(wall_ms), *node_);
  if (kind != proto::record_kind::backend) return std::nullopt;
  const auto here = backends_.find(subject);
  if (here != backends_.end()) return proto::seal(next_author(wall_ms), here->second.body);
  gone_.erase(subject);
  return withdraw(subject, wall_ms);
}

std::vector<proto::sealed_record> own_records::repeat(instant now, std::int64_t wall_ms) {
  std::vector<proto::sealed_record> records;
  if (node_) records.push_back(proto::seal(next_author(wall_ms), *node_));
  for (auto& [name, s] : backends_) records.push_back(sign(s, now, wall_ms));
  return records;
}

instant own_records::due() const noexcept {
  auto first = instant::max();
  for (const auto& [name, s] : backends_) first = std::min(first, s.due);
  return first;
}

std::vector<proto::sealed_record> own_records::take_due(instant now, std::int64_t wall_ms) {
  std::vector<proto::sealed_record> records;
  for (auto& [name, s] : backends_)
    if (s.due <= now) records.push_back(sign(s, now, wall_ms));
  return records;
}

proto::sealed_record own_records::sign(said& s, instant now, std::int64_t wall_ms) {
  s.body.load = s.load;
  s.at = now;
  s.due = due_of(s);
  return proto::seal(next_author(wall_ms), s.body);
}

}  // namespace edgemesh::replication
