// A node whose wall clock jumps: of two changes the one that was made later holds, here and wherever it is heard of.
#include <vector>

#include "tests/unit/accounts/book_fixture.hpp"

namespace edgemesh::accounts {
namespace {

constexpr std::int64_t day_ms = 86'400'000, noon_ms = noon_s * 1000;

/// Its owner stamps each act, as the node's accounts do.
struct jumping_node : book_fixture {
  explicit jumping_node(int store) : book_fixture(store) {}
  act at(std::int64_t wall_ms) {
    const auto before = clock.last();
    act a{admin(), wall_time(milliseconds(wall_ms)), clock.stamp(wall_ms)};
    EXPECT_GT(a.stamp, before);
    return a;
  }
  void rename(const std::string& id, const std::string& name, std::int64_t wall_ms) {
    done(book.update_key(id, R"({"name":")" + name + "\"}", at(wall_ms)));
    EXPECT_EQ(policy(id).name, name);
  }
  void hear(const jumping_node& other) {
    for (const auto& [id, registers] : other.book.table().keys()) EXPECT_TRUE(book.join({subject_kind::key, id}, registers.body()).fits);
  }
  void restart() { clock = replication::hybrid_clock(); }
  replication::hybrid_clock clock;
};

const std::vector<std::int64_t> jumps{noon_ms, noon_ms + 40 * day_ms, noon_ms - 365 * day_ms, noon_ms, 0, noon_ms + 10'000 * day_ms, noon_ms};

TEST(ClockJump, TheLaterChangeHoldsWhateverTheClockSays) {
  jumping_node a(1), b(2);
  const auto id = field(a.done(a.book.create_key("{}", a.at(noon_ms))).body, "id");
  int turn = 0;
  for (const auto wall : jumps) {
    const auto name = "name-" + std::to_string(++turn);
    a.rename(id, name, wall);
    b.hear(a);
    EXPECT_EQ(b.policy(id).name, name) << "at " << wall;
  }
}

TEST(ClockJump, NewsThatComeInAnotherOrderEndTheSame) {
  jumping_node a(1);
  const auto id = field(a.done(a.book.create_key("{}", a.at(noon_ms))).body, "id");
  std::vector<proto::policy_body> told;
  for (const auto wall : jumps) {
    a.rename(id, "at-" + std::to_string(wall) + "-" + std::to_string(told.size()), wall);
    told.push_back(a.book.table().find({subject_kind::key, id})->body());
  }
  for (std::size_t first = 0; first < told.size(); ++first) {
    jumping_node b(2);
    for (std::size_t i = 0; i < told.size(); ++i) EXPECT_TRUE(b.book.join({subject_kind::key, id}, told[(first + i * 3) % told.size()]).fits);
    EXPECT_EQ(b.policy(id).name, a.policy(id).name) << first;
  }
}

TEST(ClockJump, ARestartWithAClockThatWasPutBackTakesNothingBack) {
  jumping_node a(1), b(2);
  const auto id = field(a.done(a.book.create_key("{}", a.at(noon_ms))).body, "id");
  a.rename(id, "before", noon_ms + 40 * day_ms);
  b.hear(a);
  a.restart();  // nothing of the clock is kept
  a.rename(id, "after", noon_ms);
  b.hear(a);
  EXPECT_EQ(b.policy(id).name, "after");
  b.rename(id, "elsewhere", noon_ms - day_ms);
  a.hear(b);
  EXPECT_EQ(a.policy(id).name, "elsewhere") << "it was changed by somebody who had seen the rest";
}

TEST(ClockJump, ARevocationOutlivesEveryClock) {
  jumping_node a(1), b(2);
  const auto id = field(a.done(a.book.create_key("{}", a.at(noon_ms + 40 * day_ms))).body, "id");
  b.hear(a);
  a.done(a.book.revoke_key(id, a.at(0)));
  b.rename(id, "meanwhile", noon_ms + 10'000 * day_ms);
  a.hear(b), b.hear(a);
  EXPECT_TRUE(a.book.table().key(id)->is_over);
  EXPECT_TRUE(b.book.table().key(id)->is_over);
}

}  // namespace
}  // namespace edgemesh::accounts
