#include "replication/claims.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

namespace edgemesh::replication {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t always = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();

struct parties {
  std::size_t signer = nobody, subject = nobody;  // numbers of keys
};

/// Until when (Unix seconds) a key may sign: as a full member, as a member of any role.
struct right {
  std::int64_t full_until = never, member_until = never;
  bool raise(const right& other) {
    const auto before = *this;
    full_until = std::max(full_until, other.full_until);
    member_until = std::max(member_until, other.member_until);
    return full_until != before.full_until || member_until != before.member_until;
  }
};

/// After which stamp a key's signature no longer counts.
struct loss {
  std::int64_t to_others = always, to_itself = always;   // evictions by others; by the key itself
  std::optional<std::pair<std::int64_t, node_key>> to_successor;
};

using marks = std::vector<bool>;  // one per claim

class judgement {
 public:
  judgement(std::span<const claim* const> claims, std::optional<std::size_t> founding) : claims_(claims), founding_(founding) {
    for (const auto* c : claims_) {
      const auto* s = std::get_if<proto::succession_body>(&c->body);
      const auto* m = std::get_if<proto::member_body>(&c->body);
      const auto& subject = s ? s->new_key : m ? m->subject : std::get<proto::eviction_body>(c->body).subject;
      parties_.push_back({number_of(c->record.signer), number_of(subject)});
    }
    signed_by_.resize(numbers_.size());
    for (std::size_t i = 0; i < claims_.size(); ++i) signed_by_[parties_[i].signer].push_back(i);
  }

  /// The claims to whose signer a chain leads, at whatever time it signed. So all versions of one record are anchored, or none is.
  marks anchored() const { return closure(std::vector<loss>(numbers_.size()), false); }
  /// The claims that count if exactly the takings in `takings` take rights away.
  marks valid_under(const marks& takings) const { return closure(losses_by(takings), true); }

  marks takings_of(const marks& valid) const {
    marks out(valid.size());
    for (std::size_t i = 0; i < valid.size(); ++i) out[i] = valid[i] && is_taking(i);
    return out;
  }
  bool is_taking(std::size_t i) const { return !std::holds_alternative<proto::member_body>(claims_[i]->body) && !is_announcement(*claims_[i]); }

 private:
  std::size_t number_of(const node_key& key) { return numbers_.try_emplace(key, numbers_.size()).first->second; }

  /// The least set that holds the founding record and is closed under the rules.
  marks closure(const std::vector<loss>& losses, bool has_ends) const {
    std::vector<right> rights(numbers_.size());
    marks valid(claims_.size());
    std::vector<std::size_t> raised;  // keys whose signatures must be looked at again
    if (founding_) accept(*founding_, rights, valid, raised);
    while (!raised.empty()) {
      const auto key = raised.back();
      raised.pop_back();
      for (const auto i : signed_by_[key])
        if (i != founding_ && may_sign(i, rights[key], losses[key], has_ends)) accept(i, rights, valid, raised);
    }
    return valid;
  }

  std::vector<loss> losses_by(const marks& takings) const {
    std::vector<loss> losses(numbers_.size());
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      if (!takings[i]) continue;
      if (const auto* e = std::get_if<proto::eviction_body>(&claims_[i]->body)) {
        auto& l = losses[parties_[i].subject];
        auto& since = parties_[i].signer == parties_[i].subject ? l.to_itself : l.to_others;
        since = std::min(since, e->since_ms);
      } else if (!is_announcement(*claims_[i])) {
        auto& first = losses[parties_[i].signer].to_successor;
        const auto own = succession_at(i);
        if (!first || own < *first) first = own;
      }
    }
    return losses;
  }

  std::pair<std::int64_t, node_key> succession_at(std::size_t i) const {
    return {claims_[i]->record.head.stamp_ms, std::get<proto::succession_body>(claims_[i]->body).new_key};
  }

  bool may_sign(std::size_t i, const right& r, const loss& l, bool has_ends) const {
    const auto stamp = claims_[i]->record.head.stamp_ms;
    const bool is_succession = std::holds_alternative<proto::succession_body>(claims_[i]->body);
    const auto until = is_succession ? r.member_until : r.full_until;
    if (until == never || (has_ends && stamp / 1000 - end_grace_s > until) || stamp > l.to_others) return false;
    // A key that throws itself out does not dispute its own word.
    const bool evicts_itself = std::holds_alternative<proto::eviction_body>(claims_[i]->body) && parties_[i].signer == parties_[i].subject;
    if (stamp > l.to_itself && !evicts_itself) return false;
    if (!l.to_successor) return true;
    return is_succession ? succession_at(i) <= *l.to_successor : stamp <= l.to_successor->first;
  }

  void accept(std::size_t i, std::vector<right>& rights, marks& valid, std::vector<std::size_t>& raised) const {
    valid[i] = true;
    const auto [signer, subject] = parties_[i];
    right gained;
    if (const auto* m = std::get_if<proto::member_body>(&claims_[i]->body))
      gained = {m->role == node_role::full ? m->not_after : never, m->not_after};
    else if (std::holds_alternative<proto::succession_body>(claims_[i]->body) && !is_announcement(*claims_[i]))
      gained = rights[signer];
    if (rights[subject].raise(gained)) raised.push_back(subject);
  }

  std::span<const claim* const> claims_;
  std::optional<std::size_t> founding_;
  std::unordered_map<node_key, std::size_t> numbers_;
  std::vector<parties> parties_;
  std::vector<std::vector<std::size_t>> signed_by_;
};

}  // namespace

std::vector<claim_standing> judge(std::span<const claim* const> claims, std::optional<std::size_t> founding) {
  const judgement j(claims, founding);
  const auto anchored = j.anchored();
  // Too many takings leave too few claims valid, and the other way round; each round brings the two closer. Where they stay apart,
  // the takings between them dispute each other.
  auto possible = j.valid_under(marks(claims.size()));
  auto certain = j.valid_under(j.takings_of(possible));
  for (int round = 1; round < judgement_rounds_max; ++round) {
    auto next = j.valid_under(j.takings_of(certain));
    if (next == possible) break;
    possible = std::move(next);
    certain = j.valid_under(j.takings_of(possible));
  }
  std::vector<claim_standing> out(claims.size(), claim_standing::unanchored);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (anchored[i]) out[i] = claim_standing::overruled;
    if (possible[i] && j.is_taking(i)) out[i] = claim_standing::disputed;
    if (certain[i]) out[i] = claim_standing::counts;
  }
  return out;
}

}  // namespace edgemesh::replication
