#include "tests/sim/world.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "base/check.hpp"
#include "domain/incarnation.hpp"
#include "membership/topology.hpp"
#include "proto/frame.hpp"

namespace edgemesh::sim {
namespace {

const mesh_id simulated_mesh{{0xed, 0x9e, 1}};
constexpr std::size_t evidence_kept = 1u << 18;

std::vector<std::uint32_t> sites_of(const world_options& o) {
  std::vector<std::uint32_t> out(o.nodes);
  for (std::size_t i = 0; i < o.nodes; ++i) out[i] = static_cast<std::uint32_t>(i % o.sites);
  return out;
}

/// Site names are made up once: a start of each of a thousand nodes names them all.
const std::string& name_of_site(std::size_t number) {
  static std::vector<std::string> names;
  while (names.size() <= number) names.push_back("site-" + std::to_string(names.size()));
  return names[number];
}

/// The links of all nodes, made once for each size: they depend on the keys alone.
const std::vector<std::vector<node_key>>& links_for(std::size_t count, std::size_t sites) {
  static std::map<std::pair<std::size_t, std::size_t>, std::vector<std::vector<node_key>>> made;
  auto& all = made[{count, sites}];
  if (!all.empty()) return all;
  std::vector<membership::place> places;
  for (std::size_t i = 0; i < count; ++i) places.push_back({testing::fake_signing::key(i), name_of_site(i % sites)});
  for (const auto& p : places) all.push_back(membership::links_wanted(p, places));
  return all;
}

bool is_membership(const proto::message& m) noexcept {
  return std::holds_alternative<proto::ping>(m) || std::holds_alternative<proto::ack>(m) || std::holds_alternative<proto::nack>(m) ||
         std::holds_alternative<proto::ping_request>(m) || std::holds_alternative<proto::rumours>(m);
}

}  // namespace

const mesh_id& world::mesh() noexcept { return simulated_mesh; }

world::world(world_options options)
    : options_(std::move(options)), chance_(options_.seed), net_(options_.nodes, sites_of(options_), options_.within_site, options_.between_sites),
      seen_(options_.nodes) {
  nodes_.reserve(options_.nodes);
  for (std::size_t i = 0; i < options_.nodes; ++i) {
    nodes_.emplace_back(i);
    index_.emplace(nodes_.back().keys.own_key(), static_cast<std::uint32_t>(i));
  }
  evidence_ = std::make_shared<membership::evidence_cache>(nodes_.front().keys, simulated_mesh, evidence_kept);
  link_neighbours();
  queue_.push(now_, 0, event_kind::checkpoint);
}

const std::string& world::site_name(std::uint32_t i) const { return name_of_site(i % options_.sites); }

void world::link_neighbours() {
  if (nodes_.size() <= membership::full_mesh_max) return;
  const auto& links = links_for(nodes_.size(), options_.sites);
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    for (const auto& key : links[i]) nodes_[i].neighbours.push_back(index_.at(key));
}

void world::start(std::uint32_t i) {
  sim_node& n = nodes_[i];
  EDGEMESH_CHECK(!n.is_running());
  touch(i);
  seen_.forgot_everything(i);
  const auto unix_s = wall_ms(n) / 1000;
  n.first_incarnation = next_life(n.disk.incarnation, unix_s > 0 ? static_cast<std::uint64_t>(unix_s) : 1);
  n.disk.incarnation = n.first_incarnation;
  n.highest_incarnation = std::max(n.highest_incarnation, n.first_incarnation);
  ++n.lives;
  n.timer_at = INT64_MAX;
  n.paused_until = n.busy_until = 0;
  const auto seed = options_.seed * 1'000'003 + i * 7919 + n.lives;
  n.life = std::make_unique<membership::swim>(
      membership::swim_setup{n.keys, simulated_mesh, options_.swim, seed, n.first_incarnation, evidence_, options_.far});
  std::vector<node_key> keys;
  for (const auto k : n.neighbours) keys.push_back(nodes_[k].keys.own_key());
  n.life->set_neighbours(std::move(keys));
  for (std::uint32_t j = 0; j < nodes_.size(); ++j) n.life->admit(nodes_[j].keys.own_key(), now(), site_name(j));
  if (options_.make_records) {
    n.records = options_.make_records(i, n);
    std::vector<node_key> linked;
    for_each_neighbour(i, [&](std::uint32_t peer) { linked.push_back(nodes_[peer].keys.own_key()); });
    n.records->set_neighbours(std::move(linked));
    open_links(i);
  }
  after(i);
}

/// A handshake takes a few round trips.
void world::open_links(std::uint32_t i) {
  for_each_neighbour(i, [&](std::uint32_t peer) {
    if (!nodes_[peer].is_running()) return;
    const auto at = now_ + 10'000'000 + static_cast<std::int64_t>(chance_.uniform() * 90e6);
    queue_.push(at, i, event_kind::link_up, peer);
    queue_.push(at, peer, event_kind::link_up, i);
  });
}

void world::relink(const std::function<bool(std::uint32_t, std::uint32_t)>& was_cut, nanoseconds within) {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    for_each_neighbour(i, [&](std::uint32_t peer) {
      if (peer < i || !was_cut(i, peer)) return;
      const auto at = now_ + static_cast<std::int64_t>(chance_.uniform() * static_cast<double>(within.count()));
      queue_.push(at, i, event_kind::link_up, peer);
      queue_.push(at, peer, event_kind::link_up, i);
    });
}

void world::start_all(nanoseconds within) {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    start_later(i, nanoseconds(static_cast<std::int64_t>(chance_.uniform() * static_cast<double>(within.count()))));
}

void world::start_later(std::uint32_t i, nanoseconds wait) { queue_.push(now_ + wait.count(), i, event_kind::start); }

void world::crash(std::uint32_t i, crash_kind kind) {
  sim_node& n = nodes_[i];
  if (!n.is_running()) return;
  touch(i);
  n.life.reset();
  n.records.reset();
  for (const auto slot : n.inbox) free_letters_.push_back(slot);
  n.inbox.clear();
  seen_.forgot_everything(i);
  if (kind == crash_kind::power) return;
  for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer) {
    const auto& links = nodes_[peer].neighbours;
    if (links.empty() || std::find(links.begin(), links.end(), i) != links.end())
      queue_.push(now_ + 1'000'000, peer, event_kind::link_lost, i);
  }
}

void world::leave(std::uint32_t i) {
  touch(i);
  nodes_[i].life->leave(now(), wall_ms(nodes_[i]));
  after(i);
}

void world::pause(std::uint32_t i, nanoseconds time) {
  sim_node& n = nodes_[i];
  if (!n.is_running()) return;
  touch(i);
  n.paused_until = now_ + time.count();
  queue_.push(n.paused_until, i, event_kind::resume);
}

void world::run_until(std::int64_t end) {
  while (step(end)) {
  }
}

bool world::step(std::int64_t end) {
  if (queue_.is_empty() || queue_.next_at() > end) {
    now_ = end;
    return false;
  }
  const event e = queue_.pop();
  now_ = e.at;
  ++events_;
  trace(static_cast<std::uint64_t>(e.at) ^ (std::uint64_t{e.node} << 40) ^ static_cast<std::uint64_t>(e.kind));
  happen(e);
  return true;
}

void world::happen(const event& e) {
  switch (e.kind) {
    case event_kind::message: return deliver(e.node, e.slot);
    case event_kind::timer:
      if (e.at == nodes_[e.node].timer_at) run_timer(e.node);
      return;
    case event_kind::resume: return wake(e.node);
    case event_kind::start:
      if (!nodes_[e.node].is_running()) start(e.node);
      return;
    case event_kind::link_lost:
      if (!nodes_[e.node].is_awake(now_)) return;
      nodes_[e.node].life->on_link_lost(nodes_[e.slot].keys.own_key(), now());
      return after(e.node);
    case event_kind::link_up:
      if (!nodes_[e.node].is_awake(now_) || !nodes_[e.node].records || net_.is_cut(e.node, e.slot)) return;
      nodes_[e.node].records->on_neighbour_up(nodes_[e.slot].keys.own_key(), now());
      nodes_[e.node].life->on_link_traffic(nodes_[e.slot].keys.own_key(), now());
      return after(e.node);
    case event_kind::checkpoint:
      check_settled();
      queue_.push(now_ + 1'000'000'000, 0, event_kind::checkpoint);
      return;
  }
}

void world::deliver(std::uint32_t i, std::uint32_t slot) {
  sim_node& n = nodes_[i];
  if (!n.is_running()) {
    free_letters_.push_back(slot);
    return;
  }
  if (now_ < n.paused_until) {
    n.inbox.push_back(slot);
    return;
  }
  if (n.handling > 0) {
    if (now_ < n.busy_until) return queue_.push(n.busy_until, i, event_kind::message, slot);
    n.busy_until = now_ + n.handling;
  }
  const letter l = std::move(letters_[slot]);
  free_letters_.push_back(slot);
  hand_over(n, l);
  after(i);
}

void world::hand_over(sim_node& n, const letter& l) {
  const node_key& from = nodes_[l.from].keys.own_key();
  trace(l.from * 31 + l.what.index());
  letter changed;
  const letter* arrived = &l;
  if (l.is_damaged) {
    changed = l;
    if (!damage(changed)) return;
    arrived = &changed;
  }
  if (is_membership(arrived->what)) return n.life->on_message(from, arrived->what, now(), wall_ms(n));
  if (n.records) n.records->on_message(from, arrived->what, now(), wall_ms(n));
}

/// Flips one bit of the frame, as the wire would. False: nobody would take it for a message.
bool world::damage(letter& l) {
  ++sent_.damaged;
  auto frame = proto::seal_frame(proto::version_max, proto::kind_of(l.what), simulated_mesh, proto::encode(l.what));
  const auto bit = chance_.below(frame.size() * 8);
  frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ (1 << (bit % 8)));
  const auto opened = proto::open_frame(frame, simulated_mesh);
  if (!opened) return false;
  auto message = proto::decode(opened->kind, opened->payload);
  if (!message) return false;
  ++sent_.damaged_accepted;
  l.what = std::move(*message);
  return true;
}

void world::run_timer(std::uint32_t i) {
  sim_node& n = nodes_[i];
  n.timer_at = INT64_MAX;
  if (!n.is_awake(now_)) return;
  const auto at = now();
  if (n.life->next_due() <= at) n.life->tick(at, wall_ms(n));
  if (n.records && n.records->next_due() <= at) n.records->tick(at, wall_ms(n));
  after(i);
}

/// The timers that ran out while it slept come first, then what lies in its sockets: the order that is worst for the others.
void world::wake(std::uint32_t i) {
  sim_node& n = nodes_[i];
  if (!n.is_running() || now_ < n.paused_until) return;
  touch(i);
  run_timer(i);
  const auto waiting = std::exchange(n.inbox, {});
  for (const auto slot : waiting) deliver(i, slot);
}

void world::after(std::uint32_t i) {
  sim_node& n = nodes_[i];
  for (auto& a : n.life->take_actions()) {
    if (auto* m = std::get_if<membership::send_message>(&a)) send(i, m->to, std::move(m->what));
    if (const auto* s = std::get_if<membership::state_changed>(&a)) note(i, *s);
    if (const auto* r = std::get_if<membership::incarnation_raised>(&a)) {
      n.disk.incarnation = r->to;
      n.highest_incarnation = std::max(n.highest_incarnation, r->to);
    }
  }
  auto due = to_ticks(std::min(n.life->next_due(), from_ticks(now_ + 3'600'000'000'000)));
  if (n.records) {
    n.records->drain([&](const node_key& to, proto::message&& m) { send(i, to, std::move(m)); });
    due = std::min(due, to_ticks(n.records->next_due()));
  }
  due = std::max(due, now_);
  if (due >= n.timer_at) return;
  n.timer_at = due;
  queue_.push(due, i, event_kind::timer);
}

void world::send(std::uint32_t from, const node_key& to, proto::message&& m) {
  const auto found = index_.find(to);
  if (found == index_.end()) return;
  ++sent_.messages;
  ++sent_.of_kind[m.index()];
  if (options_.counts_bytes) {
    const auto size = proto::seal_frame(proto::version_max, proto::kind_of(m), simulated_mesh, proto::encode(m)).size();
    sent_.frame_bytes += size;
    nodes_[from].frame_bytes += size;
    nodes_[found->second].frame_bytes += size;
    sent_.largest_frame = std::max<std::uint64_t>(sent_.largest_frame, size);
    if (size > proto::frame_max) seen_.violate("a frame of " + std::to_string(size) + " bytes");
  }
  auto& arrivals = net_.carry(from, found->second, chance_);
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const bool is_last = i + 1 == arrivals.size();
    const auto slot = keep({from, arrivals[i].is_damaged, is_last ? std::move(m) : m});
    queue_.push(now_ + arrivals[i].after, found->second, event_kind::message, slot);
  }
}

void world::inject(std::uint32_t from, std::uint32_t to, proto::message m) {
  queue_.push(now_ + 1'000'000, to, event_kind::message, keep({from, false, std::move(m)}));
}

void world::link_traffic(std::uint32_t from, std::uint32_t to) {
  if (!nodes_[to].is_awake(now_)) return;
  nodes_[to].life->on_link_traffic(nodes_[from].keys.own_key(), now());
  after(to);
}

std::uint32_t world::keep(letter l) {
  if (free_letters_.empty()) {
    letters_.push_back(std::move(l));
    return static_cast<std::uint32_t>(letters_.size() - 1);
  }
  const auto slot = free_letters_.back();
  free_letters_.pop_back();
  letters_[slot] = std::move(l);
  return slot;
}

void world::trace(std::uint64_t word) noexcept {
  trace_ = (trace_ ^ word) * 0x9e3779b97f4a7c15ull;
  trace_ ^= trace_ >> 32;
}

}  // namespace edgemesh::sim
