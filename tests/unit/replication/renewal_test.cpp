#include "replication/renewal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/replication/record_writer.hpp"

namespace edgemesh::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t day_s = 86400;

class Renewal : public ::testing::Test {
 protected:
  void knows(int n, std::int64_t days_left, node_role role = node_role::full) {
    members.push_back({key_of(n), "n" + std::to_string(n), "", role, "", start_s + days_left * day_s, key_of(1), {}});
    std::ranges::sort(members, {}, &member::key);
    here.insert(key_of(n));
  }
  std::vector<std::string> due(int self) const {
    std::vector<std::string> out;
    for (const auto& m : due_for_renewal(members, key_of(self), start_s, [&](const node_key& k) { return here.contains(k); })) out.push_back(m.name);
    return out;
  }
  /// The full members by key: who signs first.
  std::vector<int> in_turn(std::vector<int> numbers) const {
    std::ranges::sort(numbers, {}, [](int n) { return key_of(n); });
    return numbers;
  }
  std::vector<member> members;
  std::set<node_key> here;
};

TEST_F(Renewal, BeginsInTheLastThird) {
  const auto order = in_turn({1, 2});
  knows(order[0], 80);
  knows(order[1], 31);
  EXPECT_THAT(due(order[0]), IsEmpty());
  members.back().not_after -= 2 * day_s;
  EXPECT_THAT(due(order[0]), ElementsAre("n" + std::to_string(order[1])));
}

TEST_F(Renewal, IsDoneByOneFullMemberAfterTheOther) {
  const auto order = in_turn({1, 2, 3});
  for (const int n : order) knows(n, 80);
  knows(4, 30, node_role::edge);
  EXPECT_THAT(due(order[0]), ElementsAre("n4"));
  EXPECT_THAT(due(order[1]), IsEmpty());
  std::ranges::find(members, "n4", &member::name)->not_after = start_s + 29 * day_s;
  EXPECT_THAT(due(order[1]), ElementsAre("n4"));
  EXPECT_THAT(due(order[2]), IsEmpty());
}

TEST_F(Renewal, LeavesThoseThatAreAwayToTheirEnd) {
  knows(1, 80);
  knows(2, 10, node_role::edge);
  here.erase(key_of(2));
  EXPECT_THAT(due(1), IsEmpty());
  here.insert(key_of(2));
  EXPECT_THAT(due(1), ElementsAre("n2"));
}

TEST_F(Renewal, OfItselfComesLast) {
  knows(1, 10);
  EXPECT_THAT(due(1), IsEmpty());
  members[0].not_after = start_s + 4 * day_s;
  EXPECT_THAT(due(1), ElementsAre("n1"));
}

TEST_F(Renewal, KeepsARollingMeshOfThreeAliveForTenYears) {
  for (const int n : {1, 2, 3}) knows(n, 90);
  for (std::int64_t day = 0; day < 3650; ++day) {
    const auto now_s = start_s + day * day_s;
    for (const int self : {1, 2, 3})
      for (const auto& m : due_for_renewal(members, key_of(self), now_s, [](const node_key&) { return true; }))
        std::ranges::find(members, m.key, &member::key)->not_after = now_s + membership_term_s;
    for (const auto& m : members) ASSERT_GT(m.not_after, now_s) << m.name << " on day " << day;
  }
}

}  // namespace
}  // namespace edgemesh::replication
