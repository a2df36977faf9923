#include "membership/member_table.hpp"

#include "domain/incarnation.hpp"

#include <algorithm>
#include <cstring>

namespace edgemesh::membership {

member_entry* member_table::find(const node_key& key, std::uint64_t hash) noexcept {
  if (places_.empty()) return nullptr;
  const std::size_t mask = places_.size() - 1;
  for (std::size_t i = hash & mask; places_[i].slot != 0; i = (i + 1) & mask)
    if (places_[i].hash == hash && slots_[places_[i].slot]->key == key) return slots_[places_[i].slot].get();
  return nullptr;
}

member_entry* member_table::add(const node_key& key) {
  if (find(key)) return nullptr;
  if (slots_.empty()) slots_.emplace_back();
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[slot] = std::make_unique<member_entry>();
  member_entry& m = *slots_[slot];
  m.key = key;
  m.slot = slot;
  order_.push_back(&m);
  ++unknown_;
  if (2 * order_.size() > places_.size()) lay_out();
  else put(hash_of(key), slot);
  return &m;
}

void member_table::put(std::uint64_t hash, std::uint32_t slot) noexcept {
  const std::size_t mask = places_.size() - 1;
  std::size_t i = hash & mask;
  while (places_[i].slot != 0) i = (i + 1) & mask;
  places_[i] = {hash, slot};
}

void member_table::lay_out() {
  std::size_t size = 16;
  while (size < 4 * order_.size()) size *= 2;
  places_.assign(size, {});
  for (const member_entry* m : order_) put(hash_of(m->key), m->slot);
}

void member_table::erase(const node_key& key) {
  member_entry* m = find(key);
  if (!m) return;
  count(*m, std::size_t(-1));
  std::erase(suspects_, m);
  const auto place = std::ranges::find(order_, m);
  *place = order_.back();
  order_.pop_back();
  free_slots_.push_back(m->slot);
  slots_[m->slot].reset();
  lay_out();  // members are thrown out rarely
}

void member_table::set_state(member_entry& m, member_state to, instant now) {
  if (m.state == to) return;
  count(m, std::size_t(-1));
  if (m.state == member_state::suspect) std::erase(suspects_, &m);
  if (m.state == member_state::unknown) m.first_known = now;
  m.state = to;
  m.since = now;
  if (to == member_state::suspect) suspects_.push_back(&m);
  count(m, 1);
}

void member_table::set_incarnation(member_entry& m, std::uint64_t incarnation) {
  count(m, std::size_t(-1));
  m.incarnation = incarnation;
  count(m, 1);
}

void member_table::set_site(member_entry& m, std::uint16_t site) {
  count(m, std::size_t(-1));
  m.site = site;
  count(m, 1);
}

std::uint64_t member_table::summary_word(const node_key& key, member_state s, std::uint64_t incarnation) noexcept {
  if (s == member_state::unknown) return 0;
  // Words of the key alone: every node, whatever it was built with, must get the same.
  std::uint64_t words[4];
  std::memcpy(words, key.bytes.data(), sizeof words);
  std::uint64_t h = s == member_state::suspect ? static_cast<std::uint64_t>(member_state::alive) : static_cast<std::uint64_t>(s);
  const auto mix = [&h](std::uint64_t word) {
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    h ^= h >> 32;
  };
  for (const auto word : words) mix(word);
  if (s == member_state::alive || s == member_state::suspect) mix(life_of(incarnation));
  return h;
}

void member_table::count(const member_entry& m, std::size_t by) {
  summary_ ^= summary_word(m.key, m.state, m.incarnation);  // in and out are the same
  if (m.is_living()) {
    living_ += by;
    if (living_in_.size() <= m.site) living_in_.resize(m.site + std::size_t{1}, 0);
    living_in_[m.site] += by;
  }
  if (m.state == member_state::unknown) unknown_ += by;
  if (m.state == member_state::dead) dead_ += by;
}

}  // namespace edgemesh::membership
