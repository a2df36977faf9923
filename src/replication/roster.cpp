#include "replication/roster.hpp"

#include <algorithm>
#include <set>

#include "replication/record_table.hpp"

namespace edgemesh::replication {
namespace {

constexpr std::size_t name_before_mark_max = 54;  // with the dash and eight digits: 63

/// Takes a record apart; nothing when it is malformed or of a kind that is not about membership.
std::optional<claim> claim_of(const proto::sealed_record& r, const mesh_id& mesh, const proto::signing& keys) {
  if (r.head.kind == proto::record_kind::member) {
    if (auto body = proto::read_member(r)) return claim{r, std::move(*body)};
  } else if (r.head.kind == proto::record_kind::eviction) {
    if (auto body = proto::read_eviction(r)) return claim{r, *body};
  } else if (r.head.kind == proto::record_kind::succession) {
    const auto body = proto::read_succession(r);
    if (body && body->new_key != r.signer && proto::is_consented(*body, mesh, keys)) return claim{r, *body};
  }
  return std::nullopt;
}

bool is_newer(const proto::sealed_record& a, const proto::sealed_record& b) noexcept {
  return std::tie(a.head.version, a.raw) > std::tie(b.head.version, b.raw);
}

bool is_later(const claim* a, const claim* b) noexcept {
  return std::tie(a->record.head.stamp_ms, a->record.raw) > std::tie(b->record.head.stamp_ms, b->record.raw);
}

void keep_earliest(std::map<node_key, std::int64_t>& times, const node_key& key, std::int64_t at) {
  const auto [here, is_new] = times.try_emplace(key, at);
  if (!is_new) here->second = std::min(here->second, at);
}

std::string marked_name(const member& m) { return m.name.substr(0, name_before_mark_max) + '-' + m.key.brief(); }

}  // namespace

roster::roster(root r, const proto::signing& keys) : root_(r), keys_(&keys) {}

bool roster::has_room_for(const proto::sealed_record& record) const {
  if (claims_.size() >= records_max) return false;
  if (unanchored_ >= unanchored_max && !about_.contains(record.signer)) return false;
  const auto count = signed_by_.find({record.signer, record.head.kind});
  return count == signed_by_.end() || count->second < record_table::signer_max(record.head.kind);
}

/// Keeps the newest version. The key under which something new is remembered, if so.
std::optional<std::uint64_t> roster::remember(const proto::sealed_record& record) {
  if (!is_about_membership(record.head.kind)) return std::nullopt;
  const bool is_founding = record.head.kind == proto::record_kind::member && record.head.subject == record.signer.view() &&
                           keys_->hash(record.raw) == root_.founding;
  const auto key = is_founding ? founding_place : record_table::key_of(record);
  const auto here = claims_.find(key);
  if (here == claims_.end() && !is_founding && !has_room_for(record)) return std::nullopt;
  if (here != claims_.end() && !is_newer(record, here->second.what.record)) return std::nullopt;
  auto what = claim_of(record, root_.mesh, *keys_);
  if (!what) return std::nullopt;
  is_founded_ |= is_founding;
  if (here == claims_.end()) ++signed_by_[{record.signer, record.head.kind}];
  if (here == claims_.end() || here->second.standing != claim_standing::unanchored) ++unjudged_;
  claims_.insert_or_assign(key, judged_claim{std::move(*what)});
  return key;
}

bool roster::learn(std::span<const proto::sealed_record> records) {
  std::vector<std::uint64_t> added;
  bool has_changed = false, is_to_be_judged = false;
  for (const auto& r : records) {
    const auto key = remember(r);
    if (!key) continue;
    if (records.size() <= single_admissions_max && !is_to_be_judged && admit_plainly(*key)) {
      has_changed = true;
      continue;
    }
    added.push_back(*key);
    is_to_be_judged |= can_matter(*key);
  }
  if (is_to_be_judged) has_changed |= settle();
  unanchored_ += std::exchange(unjudged_, 0);
  drop_unanchored(added);
  return has_changed;
}

/// What nobody with a right has signed changes nothing: strangers cannot make this node judge everything again.
bool roster::can_matter(std::uint64_t key) const {
  const auto& record = claims_.at(key).what.record;
  if (key == founding_place) return true;
  return record.head.kind == proto::record_kind::succession ? about_.contains(record.signer) : admitters_.contains(record.signer);
}

/// The plain case, without judging everything again: a full member admits somebody of whom nothing was known, under a name of its own.
bool roster::admit_plainly(std::uint64_t key) {
  auto& c = claims_.at(key);
  const auto* body = std::get_if<proto::member_body>(&c.what.body);
  const auto signer = members_.find(c.what.record.signer);
  if (!body || key == founding_place || signer == members_.end() || signer->second.named.role != node_role::full) return false;
  const auto has_signed = signed_by_.lower_bound({body->subject, proto::record_kind{}});
  const bool is_new = !about_.contains(body->subject) && !evicted_.contains(body->subject) && !heirs_.contains(body->subject) && !names_.contains(body->name) &&
                      (has_signed == signed_by_.end() || has_signed->first.first != body->subject);
  if (!is_new) return false;
  const auto stamp_s = c.what.record.head.stamp_ms / 1000 - end_grace_s;
  const auto covers = [&](const claim* granted) {
    const auto& g = std::get<proto::member_body>(granted->body);
    return g.role == node_role::full && stamp_s <= g.not_after;
  };
  if (std::ranges::none_of(admissions_of(c.what.record.signer), covers)) return false;
  c.standing = claim_standing::counts;
  --unjudged_;
  about_[body->subject].push_back(key);
  if (body->role == node_role::full) admitters_.insert(body->subject);
  enlist(shown_as(body->subject, {&c.what}));
  return true;
}

void roster::enlist(shown_member m) {
  ++names_[m.named.name];
  const auto key = m.named.key;
  members_.insert_or_assign(key, std::move(m));
}

/// Of the records that just came, forgets those that rest on nothing and have no room.
void roster::drop_unanchored(const std::vector<std::uint64_t>& added) {
  for (auto key = added.rbegin(); key != added.rend() && unanchored_ > unanchored_max; ++key) {
    const auto here = claims_.find(*key);
    if (here == claims_.end() || here->second.standing != claim_standing::unanchored) continue;
    const auto& record = here->second.what.record;
    const auto signed_here = signed_by_.find({record.signer, record.head.kind});
    if (--signed_here->second == 0) signed_by_.erase(signed_here);
    claims_.erase(here);
    --unanchored_;
  }
}

void roster::judge_all() {
  std::vector<const claim*> claims;
  std::optional<std::size_t> founding;
  claims.reserve(claims_.size());
  for (const auto& [key, c] : claims_) {
    if (key == founding_place) founding = claims.size();
    claims.push_back(&c.what);
  }
  const auto standings = judge(claims, founding);
  about_.clear();
  admitters_.clear();
  unanchored_ = static_cast<std::size_t>(std::ranges::count(standings, claim_standing::unanchored));
  unjudged_ = 0;
  std::size_t i = 0;
  for (auto& [key, c] : claims_) {
    c.standing = standings[i++];
    if (c.standing == claim_standing::unanchored || c.what.record.head.kind == proto::record_kind::eviction || is_announcement(c.what)) continue;
    const auto subject = *node_key::from_bytes(c.what.record.head.subject);
    about_[subject].push_back(key);
    const auto* m = std::get_if<proto::member_body>(&c.what.body);
    if (!m || m->role == node_role::full) admitters_.insert(subject);
  }
}

void roster::note_losses() {
  evicted_.clear();
  succeeded_.clear();
  for (const auto& [key, c] : claims_) {
    if (c.standing != claim_standing::counts && c.standing != claim_standing::disputed) continue;
    if (const auto* e = std::get_if<proto::eviction_body>(&c.what.body)) keep_earliest(evicted_, e->subject, e->since_ms);
    if (std::holds_alternative<proto::succession_body>(c.what.body) && !is_announcement(c.what))
      keep_earliest(succeeded_, c.what.record.signer, c.what.record.head.stamp_ms);
  }
}

bool roster::settle() {
  const auto evicted = evicted_;
  const auto succeeded = succeeded_;
  const auto heirs = this->heirs();
  judge_all();
  note_losses();
  auto members = members_that_count();
  bool is_same = members == members_ && evicted == evicted_ && succeeded == succeeded_;
  const auto before = std::exchange(members_, std::move(members));
  note_heirs();
  is_same &= heirs == this->heirs();
  const auto is_gone = [&](const auto& m) { return !is_admitted(m.first); };
  if (evicted != evicted_ || succeeded != succeeded_ || std::ranges::any_of(before, is_gone) || std::ranges::any_of(heirs, is_gone)) ++removals_;
  names_.clear();
  for (const auto& [key, m] : members_) ++names_[m.named.name];
  return !is_same;
}

std::vector<const roster::judged_claim*> roster::counting_about(const node_key& key) const {
  std::vector<const judged_claim*> out;
  const auto here = about_.find(key);
  if (here == about_.end()) return out;
  for (const auto claim_key : here->second)
    if (const auto& c = claims_.at(claim_key); c.standing == claim_standing::counts) out.push_back(&c);
  return out;
}

/// Its own admissions that count and those of the keys that it follows.
std::vector<const claim*> roster::admissions_of(const node_key& key) const {
  std::vector<const claim*> admissions;
  std::set<node_key> seen{key};
  for (std::vector<node_key> open{key}; !open.empty();) {
    const auto at = open.back();
    open.pop_back();
    for (const auto* c : counting_about(at)) {
      if (std::holds_alternative<proto::member_body>(c->what.body)) admissions.push_back(&c->what);
      else if (seen.insert(c->what.record.signer).second) open.push_back(c->what.record.signer);
    }
  }
  return admissions;
}

roster::shown_member roster::shown_as(const node_key& key, const std::vector<const claim*>& admissions) const {
  const auto* latest = *std::ranges::min_element(admissions, is_later);
  const auto* first = *std::ranges::max_element(admissions, is_later);
  const auto& body = std::get<proto::member_body>(latest->body);
  const bool is_full = std::ranges::any_of(
      admissions, [](const claim* c) { return std::get<proto::member_body>(c->body).role == node_role::full; });
  shown_member m;
  m.named = {key, body.name, body.site, is_full ? node_role::full : node_role::edge, body.clearance, body.not_after, latest->record.signer, keys_before(key)};
  m.marked = m.named;
  m.first_stamp_ms = first->record.head.stamp_ms;
  return m;
}

std::map<node_key, roster::shown_member> roster::members_that_count() const {
  std::map<node_key, shown_member> members;
  for (const auto& [key, unused] : about_) {
    if (evicted_.contains(key) || succeeded_.contains(key)) continue;
    const auto admissions = admissions_of(key);
    if (!admissions.empty()) members.emplace(key, shown_as(key, admissions));
  }
  name_apart(members);
  return members;
}

void roster::name_apart(std::map<node_key, shown_member>& members) {
  std::map<std::string_view, std::vector<shown_member*>> by_name;
  for (auto& [key, m] : members) by_name[m.named.name].push_back(&m);
  for (auto& [name, namesakes] : by_name) {
    if (namesakes.size() < 2) continue;
    std::ranges::sort(namesakes, {}, [](const shown_member* m) { return std::pair(m->first_stamp_ms, m->named.key); });
    auto until = std::numeric_limits<std::int64_t>::min();
    for (auto* m : namesakes) {
      m->namesake_until_s = until;
      m->marked.name = marked_name(m->named);
      until = std::max(until, m->named.not_after);
    }
  }
}

}  // namespace edgemesh::replication
