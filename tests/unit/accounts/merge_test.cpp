// Two nodes that change the same keys without hearing of each other, and then do.
#include "tests/unit/accounts/book_fixture.hpp"

namespace edgemesh::accounts {
namespace {

std::string audit_words(const audit_entry& e) { return e.action + " " + e.outcome + " " + e.details.at(0).second; }

struct two_nodes {
  explicit two_nodes(int first = 1, int second = 2) : a(first), b(second) {}
  book_fixture a, b;
  void meet() {
    exchange();
    EXPECT_EQ(all(a), all(b));
  }
  /// Each hears all that the other knew, in either order.
  void exchange() {
    const auto from_a = all(a), from_b = all(b);
    for (const auto& [name, body] : from_b) hear(a, name, body);
    for (auto at = from_a.rbegin(); at != from_a.rend(); ++at) hear(b, at->first, at->second);
  }
  std::vector<std::string> ended_at_a, ended_at_b;
  std::vector<audit_entry> lost;
  int next_store = 3;

 private:
  using knowledge = std::vector<std::pair<subject_name, proto::policy_body>>;
  static knowledge all(const book_fixture& f) {
    knowledge out;
    for (const auto& [id, r] : f.book.table().keys()) out.emplace_back(subject_name{subject_kind::key, id}, r.body());
    for (const auto& [id, r] : f.book.table().groups()) out.emplace_back(subject_name{subject_kind::group, id}, r.body());
    return out;
  }
  void hear(book_fixture& f, const subject_name& name, const proto::policy_body& body) {
    auto outcome = f.book.join(name, body);
    if (outcome.is_copied) {
      f.book.take_store(book_fixture::options_of(next_store++).store);
      outcome = f.book.join(name, body);
    }
    EXPECT_TRUE(outcome.fits);
    lost.insert(lost.end(), outcome.audit.begin(), outcome.audit.end());
    auto& ended = &f == &a ? ended_at_a : ended_at_b;
    ended.insert(ended.end(), outcome.ended_keys.begin(), outcome.ended_keys.end());
    EXPECT_FALSE(f.book.join(name, body).changed);
  }
};

TEST(Merge, EditsOfDifferentFieldsBothHoldAndOfOneTheStricter) {
  two_nodes n;
  const auto id = n.a.new_key(R"({"name":"x","limits":{"requests_per_minute":50}})");
  n.meet();
  n.a.done(n.a.book.update_key(id, R"({"owner":"ops","limits":{"requests_per_minute":10}})", n.a.by()));
  n.b.now_ms += 5000;
  n.b.done(n.b.book.update_key(id, R"({"tags":["t"],"limits":{"requests_per_minute":1000}})", n.b.by()));
  n.meet();
  EXPECT_EQ(n.a.policy(id), n.b.policy(id));
  ASSERT_EQ(n.lost.size(), 2u) << "once in the log of each node";
  for (const auto& e : n.lost) EXPECT_EQ(audit_words(e), "key.conflict overruled limits.requests_per_minute");
  EXPECT_EQ(n.a.policy(id).owner, "ops");
  EXPECT_EQ(n.a.policy(id).tags, std::vector<std::string>{"t"});
  EXPECT_EQ(n.a.policy(id).terms.limits.all.requests_per_minute, 10);
  EXPECT_NE(n.a.page(id).find(R"("conflicts":["limits.requests_per_minute"])"), std::string::npos);
  // The same value again settles it.
  n.b.done(n.b.book.update_key(id, R"({"limits":{"requests_per_minute":10}})", n.b.by()));
  n.meet();
  EXPECT_NE(n.a.page(id).find(R"("conflicts":[])"), std::string::npos);
}

TEST(Merge, ARevokedKeyStaysRevokedWhateverElseWasDone) {
  two_nodes n;
  const auto id = n.a.new_key("{}");
  n.meet();
  n.a.done(n.a.book.revoke_key(id, n.a.by()));
  n.b.now_ms += 5000;
  n.b.done(n.b.book.update_key(id, R"({"name":"later","disabled":false})", n.b.by()));
  n.b.done(n.b.book.rotate_key(id, "", n.b.by()));
  n.meet();
  for (auto* f : {&n.a, &n.b}) {
    EXPECT_TRUE(f->book.table().key(id)->is_over);
    EXPECT_EQ(book_fixture::refused(f->book.update_key(id, "{}", f->by())), "409 key_revoked");
  }
  EXPECT_EQ(n.ended_at_b, std::vector<std::string>{id});
  EXPECT_TRUE(n.ended_at_a.empty());
}

TEST(Merge, AGroupThatIsDeletedWhileAKeyIsMadeInItClosesTheKey) {
  two_nodes n;
  n.a.new_group(R"({"name":"g"})");
  n.meet();
  n.a.done(n.a.book.delete_group("g", n.a.by()));
  const auto id = n.b.new_key(R"({"group":"g"})");
  n.meet();
  EXPECT_TRUE(n.a.book.table().is_closed_key(id));
  EXPECT_EQ(n.ended_at_b, std::vector<std::string>{id});
  n.a.done(n.a.book.update_key(id, R"({"group":null})", n.a.by()));
  EXPECT_FALSE(n.a.book.table().is_closed_key(id));
}

TEST(Merge, AGroupThatIsDisabledElsewhereEndsRequestsHere) {
  two_nodes n;
  n.a.new_group(R"({"name":"g"})");
  const auto id = n.a.new_key(R"({"group":"g"})");
  n.meet();
  n.b.done(n.b.book.update_group("g", R"({"disabled":true})", n.b.by()));
  n.meet();
  EXPECT_EQ(n.ended_at_a, std::vector<std::string>{id});
}

TEST(Merge, TwoGroupsOfOneNameAreTakenApartById) {
  two_nodes n;
  const auto one = n.a.new_group(R"({"name":"g"})"), two = n.b.new_group(R"({"name":"g"})");
  n.meet();
  EXPECT_EQ(book_fixture::refused(n.a.book.create_key(R"({"group":"g"})", n.a.by())), "409 group_ambiguous group");
  n.a.done(n.a.book.update_group(one, R"({"name":"h"})", n.a.by()));
  EXPECT_EQ(n.a.policy(n.a.new_key(R"({"group":"g"})")).group, two);
}

TEST(Merge, GroupsThatBecameEachOthersParentsEndNoWalk) {
  two_nodes n;
  const auto one = n.a.new_group(R"({"name":"one"})"), two = n.a.new_group(R"({"name":"two"})");
  const auto id = n.a.new_key(R"({"group":"one"})");
  n.meet();
  n.a.done(n.a.book.update_group("one", R"({"parent":"two"})", n.a.by()));
  n.b.done(n.b.book.update_group("two", R"({"parent":"one"})", n.b.by()));
  n.meet();
  EXPECT_EQ(n.a.book.table().chain_of(one), (std::vector<std::string>{one, two}));
  EXPECT_EQ(n.a.book.table().keys_under(two), std::vector<std::string>{id});
  EXPECT_FALSE(n.a.book.table().is_closed_key(id));
  n.b.done(n.b.book.update_group("two", R"({"parent":null})", n.b.by()));  // and can be taken apart
}

TEST(Merge, TwoCopiesOfOneStoreFindOutAndLoseNoEdit) {
  two_nodes n{1, 1};  // both write as one store
  const auto id = n.a.new_key(R"({"name":"x"})");
  n.b.done(n.b.copy_of(n.a));
  n.a.done(n.a.book.update_key(id, R"({"owner":"of a"})", n.a.by()));
  n.a.done(n.a.book.update_key(id, R"({"limits":{"requests_per_minute":50}})", n.a.by()));
  n.b.done(n.b.book.update_key(id, R"({"tags":["of b"]})", n.b.by()));
  const auto told = n.a.book.table().find({subject_kind::key, id})->body();
  const auto before = n.b.book.table().find({subject_kind::key, id})->body();
  EXPECT_TRUE(n.b.book.join({subject_kind::key, id}, told).is_copied);
  EXPECT_EQ(n.b.book.table().find({subject_kind::key, id})->body(), before);
  n.exchange();  // both find out, and say again what the other took for its own
  n.meet();
  EXPECT_EQ(n.next_store, 5);
  EXPECT_EQ(n.a.policy(id), n.b.policy(id));
  EXPECT_EQ(n.a.policy(id).owner, "of a");
  EXPECT_EQ(n.a.policy(id).tags, std::vector<std::string>{"of b"});
  EXPECT_EQ(n.a.policy(id).terms.limits.all.requests_per_minute, 50);
}

TEST(Merge, AnOlderStoreThatWasPutBackIsFoundByWhatOthersRemember) {
  two_nodes n;
  const auto id = n.a.new_key(R"({"name":"x","limits":{"requests_per_minute":50}})");
  book_fixture older(1);
  older.done(older.copy_of(n.a));
  n.a.done(n.a.book.update_key(id, R"({"owner":"later"})", n.a.by()));
  n.meet();
  const auto remembered = n.b.book.table().find({subject_kind::key, id})->body();
  EXPECT_TRUE(older.book.join({subject_kind::key, id}, remembered).is_copied);
  older.book.take_store(book_fixture::options_of(3).store);
  const auto outcome = older.book.join({subject_kind::key, id}, remembered);
  EXPECT_TRUE(outcome.changed && outcome.fits && !outcome.is_copied);
  EXPECT_EQ(older.policy(id), n.a.policy(id));
  older.done(older.book.update_key(id, R"({"name":"y"})", older.by()));
  EXPECT_TRUE(n.b.book.join({subject_kind::key, id}, older.book.table().find({subject_kind::key, id})->body()).changed);
  EXPECT_EQ(n.b.policy(id).name, "y");
}

TEST(Merge, AClockBeginsBehindTheLatestEditThatIsKnown) {
  book_fixture f;
  EXPECT_EQ(latest_stamp(f.book.table()), replication::hybrid_time{});
  f.new_key("{}");
  f.new_group(R"({"name":"g"})");
  const auto last = replication::hybrid_time::at(f.now_ms);
  EXPECT_EQ(latest_stamp(f.book.table()), last);
  replication::hybrid_clock clock(last);
  EXPECT_GT(clock.stamp(f.now_ms - 3'600'000), last) << "the wall clock was put back by an hour";
}

TEST(Merge, RandomEditsOfTwoNodesEndTheSame) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    random_source rng(seed);
    two_nodes n;
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) ids.push_back(n.a.new_key("{}"));
    n.meet();
    constexpr std::string_view edits[] = {R"({"limits":{"requests_per_minute":5}})", R"({"limits":null})", R"({"models":["a","b"]})", R"({"models":["b"]})",
                                          R"({"disabled":true})", R"({"disabled":false,"name":"n"})", R"({"role":"viewer"})",
                                          R"({"budget":{"amount":1}})", R"({"budget":null,"max_tokens":7})"};
    std::set<std::string> revoked;
    for (int i = 0; i < 20; ++i) {
      auto& f = rng.below(2) ? n.a : n.b;
      const auto& id = ids[rng.below(ids.size())];
      f.now_ms += static_cast<std::int64_t>(rng.below(3));
      auto outcome = rng.below(12) == 0 ? f.book.revoke_key(id, f.by()) : f.book.update_key(id, edits[rng.below(std::size(edits))], f.by());
      if (!outcome) continue;
      f.done(std::move(outcome));
      if (f.book.table().key(id)->is_over) revoked.insert(id);
      if (rng.below(6) == 0) n.meet();
    }
    n.meet();
    for (const auto& id : ids) {
      ASSERT_EQ(n.a.policy(id), n.b.policy(id)) << seed;
      ASSERT_EQ(n.a.book.table().key(id)->is_over, revoked.contains(id)) << seed;
    }
  }
}

}  // namespace
}  // namespace edgemesh::accounts
