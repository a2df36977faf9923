// How the links are chosen above 32 nodes: every node computes its part of one graph that all agree on, so both ends of a link want it and
// nobody has more links than the graph gives it.
//   - Dialable nodes of one site stand on several hash rings; ring neighbours are linked. One ring alone connects the site, each ring
//     costs two links at most, and a node that comes or goes touches the links beside its places.
//   - Two sites are linked by matching: both sites' nodes on one ring, and wherever a node of the first stands just before one of
//     the second the two are linked; those that lack links go to the next round. So nobody has more than `per_site` links into a
//     site, and the smaller site gets all of its.
//   - A node that nobody can dial is matched with two dialable ones, of its own site where there are two.
// Only the last may exceed the limit of 16: when so few nodes can be dialled that they could not carry the others otherwise.
#include "membership/topology.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

namespace edgemesh::membership {
namespace {

constexpr int matching_rounds = 12;  // each matches about half of those who still lack links
constexpr int attachments = 2;       // links of a node that nobody can dial

using group = std::vector<const place*>;
struct link { const place* a; const place* b; };

std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

std::uint64_t spot_of(const node_key& key, std::uint64_t salt) noexcept {
  std::uint64_t words[4];
  std::memcpy(words, key.bytes.data(), sizeof words);
  std::uint64_t h = mix(salt + 0x9e3779b97f4a7c15ull);
  for (const auto w : words) h = mix(h ^ w);
  return h;
}

std::uint64_t name_spot(const std::string& name) noexcept {
  std::uint64_t h = 0;
  for (const char c : name) h = mix(h ^ static_cast<unsigned char>(c)) + 1;
  return h;
}

/// In the order of their spots on the ring of this salt.
template <class Member>
void put_on_ring(std::vector<Member>& members, std::uint64_t salt) {
  std::vector<std::pair<std::uint64_t, Member>> spots;
  spots.reserve(members.size());
  for (const auto& m : members) spots.emplace_back(spot_of(m.who->key, salt), m);
  std::ranges::sort(spots, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second.who->key < b.second.who->key;
  });
  for (std::size_t i = 0; i < spots.size(); ++i) members[i] = spots[i].second;
}

struct standing { const place* who; bool is_left; int open; };

/// Links between two groups, at most `left_max` and `right_max` for each of their nodes. What the rounds leave over stays open.
std::vector<link> match(const group& left, int left_max, const group& right, int right_max, std::uint64_t salt) {
  std::vector<link> links;
  std::vector<standing> ring;
  for (const place* p : left) ring.push_back({p, true, left_max});
  for (const place* p : right) ring.push_back({p, false, right_max});
  std::set<std::pair<const place*, const place*>> seen;
  const int rounds = matching_rounds * std::max(1, std::max(left_max, right_max));
  for (int round = 0; round < rounds && ring.size() > 1; ++round) {
    put_on_ring(ring, salt + static_cast<std::uint64_t>(round));
    for (std::size_t i = 0; i < ring.size(); ++i) {
      standing& a = ring[i];
      standing& b = ring[(i + 1) % ring.size()];
      if (!a.is_left || b.is_left || !seen.emplace(a.who, b.who).second) continue;
      links.push_back({a.who, b.who});
      --a.open;
      --b.open;
    }
    std::erase_if(ring, [](const standing& s) { return s.open <= 0; });
    if (std::ranges::none_of(ring, &standing::is_left) || std::ranges::all_of(ring, &standing::is_left)) break;
  }
  return links;
}

struct census {
  std::map<std::string, group> dialable, hidden;  // by site
  group all_dialable;
};

/// Everybody once, itself included; the order does not matter, rings are made by hash.
group everybody(const place& self, std::span<const place> members) {
  group all{&self};
  for (const place& p : members)
    if (p.key != self.key) all.push_back(&p);
  std::ranges::sort(all, {}, &place::key);
  const auto twice = std::ranges::unique(all, {}, &place::key);
  all.erase(twice.begin(), twice.end());
  return all;
}

census count(const group& all) {
  census c;
  for (const place* p : all) {
    (p->is_dialable ? c.dialable : c.hidden)[p->site].push_back(p);
    if (p->is_dialable) c.all_dialable.push_back(p);
  }
  return c;
}

/// How the 16 links are shared out. The same on every node.
struct budget {
  int rings = 1;        ///< inside a site, two links each
  int per_site = 2;     ///< links into each linked site
  std::size_t reach = 0;  ///< sites on each side on the ring of sites that a site is linked with; 0: with all
  int per_carrier = 0;  ///< hidden nodes that a dialable one carries
};

bool is_carried_at_home(const census& c, const std::string& site) {
  const auto found = c.dialable.find(site);
  return found != c.dialable.end() && found->second.size() >= attachments;
}

budget share_out(const census& c) {
  budget b;
  std::size_t strays = 0;
  const auto share = [](std::size_t hidden, std::size_t carriers) {
    return carriers == 0 || hidden == 0 ? 0 : static_cast<int>((attachments * hidden + carriers - 1) / carriers) + 1;
  };
  int at_home = 0;
  for (const auto& [site, hidden] : c.hidden) {
    if (is_carried_at_home(c, site)) at_home = std::max(at_home, share(hidden.size(), c.dialable.at(site).size()));
    else strays += hidden.size();
  }
  b.per_carrier = at_home + share(strays, c.all_dialable.size());
  const int limit = static_cast<int>(links_max) - b.per_carrier;
  const auto others = static_cast<int>(c.dialable.size()) - 1;
  const int for_sites = std::max(2, limit - (limit >= 8 ? 4 : 2));
  if (others * 2 > for_sites) b.per_site = 1;
  if (others * b.per_site > for_sites) b.reach = static_cast<std::size_t>(for_sites / 2);
  const int into_sites = b.reach > 0 ? 2 * static_cast<int>(b.reach) : std::max(0, others) * b.per_site;
  b.rings = std::clamp((limit - into_sites) / 2, 1, static_cast<int>(links_max) / 2);
  return b;
}

/// Are two sites linked? All are, or those near each other on a ring of the sites' names.
bool is_linked(const census& c, const budget& b, const std::string& one, const std::string& other) {
  if (b.reach == 0) return true;
  std::vector<std::pair<std::uint64_t, std::string>> ring;
  for (const auto& [site, nodes] : c.dialable) ring.emplace_back(name_spot(site), site);
  std::ranges::sort(ring);
  const auto at = [&](const std::string& s) { return static_cast<std::size_t>(std::ranges::find(ring, s, [](const auto& e) { return e.second; }) - ring.begin()); };
  const auto apart = at(one) > at(other) ? at(one) - at(other) : at(other) - at(one);
  return std::min(apart, ring.size() - apart) <= b.reach;
}

using wanted = std::set<node_key>;

void take_from(const std::vector<link>& links, const place& self, wanted& out) {
  for (const link& l : links) {
    if (l.a->key == self.key) out.insert(l.b->key);
    if (l.b->key == self.key) out.insert(l.a->key);
  }
}

void link_inside_site(const group& nodes, int rings, const place& self, wanted& out) {
  if (nodes.size() < 2) return;
  for (int r = 0; r < rings; ++r) {
    // Before and after it on the ring: the nearest by the distance around, to which a spot of its own is no distance.
    const auto salt = 1000 + static_cast<std::uint64_t>(r);
    const auto own = spot_of(self.key, salt);
    const place *before = nullptr, *after = nullptr;
    std::uint64_t back = 0, forth = 0;
    for (const place* p : nodes) {
      if (p->key == self.key) continue;
      const auto spot = spot_of(p->key, salt);
      if (!before || own - spot < back) before = p, back = own - spot;
      if (!after || spot - own < forth) after = p, forth = spot - own;
    }
    out.insert(before->key);
    out.insert(after->key);
  }
}

void link_sites(const census& c, const budget& b, const place& self, wanted& out) {
  const group& own = c.dialable.at(self.site);
  for (const auto& [site, nodes] : c.dialable) {
    if (site == self.site || !is_linked(c, b, self.site, site)) continue;
    const bool is_first = self.site < site;  // both sides compute the same matching
    take_from(match(is_first ? own : nodes, b.per_site, is_first ? nodes : own, b.per_site, 2000), self, out);
  }
}

/// The links of hidden nodes to the dialable ones that carry them. Whoever the matching leaves short takes its first choices.
void attach(const group& hidden, const group& carriers, const place& self, wanted& out) {
  if (hidden.empty() || carriers.empty()) return;
  const auto most = static_cast<int>((attachments * hidden.size() + carriers.size() - 1) / carriers.size()) + 1;
  auto links = match(hidden, attachments, carriers, most, 3000);
  std::map<const place*, std::set<const place*>> carried;
  for (const link& l : links) carried[l.a].insert(l.b);
  for (const place* h : hidden) {
    auto& has = carried[h];
    if (has.size() >= std::min<std::size_t>(attachments, carriers.size())) continue;
    group choice = carriers;
    const auto rank = [&](const place* p) { return mix(spot_of(h->key, 4000) ^ spot_of(p->key, 4001)); };
    std::ranges::sort(choice, {}, rank);
    for (const place* p : choice)
      if (has.size() < attachments && has.insert(p).second) links.push_back({h, p});
  }
  take_from(links, self, out);
}

void attach_hidden(const census& c, const place& self, wanted& out) {
  group strays;
  for (const auto& [site, hidden] : c.hidden) {
    if (!is_carried_at_home(c, site)) {
      strays.insert(strays.end(), hidden.begin(), hidden.end());
    } else if (site == self.site) {
      attach(hidden, c.dialable.at(site), self, out);
    }
  }
  attach(strays, c.all_dialable, self, out);
}

}  // namespace

std::vector<node_key> links_wanted(const place& self, std::span<const place> members) {
  const group all = everybody(self, members);
  wanted out;
  if (all.size() <= full_mesh_max) {
    for (const place* p : all)
      if (p->is_dialable || self.is_dialable) out.insert(p->key);
  } else {
    const census c = count(all);
    const budget b = share_out(c);
    if (self.is_dialable) {
      link_inside_site(c.dialable.at(self.site), b.rings, self, out);
      link_sites(c, b, self, out);
    }
    attach_hidden(c, self, out);
  }
  out.erase(self.key);
  return {out.begin(), out.end()};
}

}  // namespace edgemesh::membership
