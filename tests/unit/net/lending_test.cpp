#include "net/lending.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/fake_signing.hpp"

namespace edgemesh::net {
namespace {

const node_key a = testing::fake_signing::key(1), b = testing::fake_signing::key(2);

class Lending : public ::testing::Test {
 protected:
  /// Dials all that is due; each is taken by its borrower.
  std::vector<std::uint64_t> open_all() {
    std::vector<std::uint64_t> loans;
    for (const auto& o : plan.due(now)) loans.push_back(o.loan);
    for (const auto l : loans) plan.opened(l, now);
    return loans;
  }
  instant now = instant{} + seconds(1000);
  lending plan{7};
};

TEST_F(Lending, KeepsTwoSpareOnesForEachBorrower) {
  plan.lend_to({a, b});
  const auto orders = plan.due(now);
  ASSERT_EQ(orders.size(), 4u);
  EXPECT_EQ(std::count_if(orders.begin(), orders.end(), [](const auto& o) { return o.to == a; }), 2);
  EXPECT_TRUE(plan.due(now).empty());
  EXPECT_EQ(plan.next(now), instant::max());
  EXPECT_TRUE(plan.lent_to().empty());  // nothing is open yet
  plan.opened(orders[0].loan, now);
  EXPECT_EQ(plan.lent_to(), (std::vector<node_key>{orders[0].to}));
}

TEST_F(Lending, OpensAnotherAsSoonAsARequestBeginsOnOne) {
  plan.lend_to({a});
  const auto loans = open_all();
  plan.taken(loans[0]);
  EXPECT_EQ(open_all().size(), 1u);
  plan.idle(loans[0]);
  EXPECT_TRUE(plan.due(now).empty());
  EXPECT_EQ(plan.open_to(a), 3);
}

TEST_F(Lending, MeetsABurstByDoubling) {
  plan.lend_to({a});
  std::vector<std::uint64_t> spare = open_all();
  std::vector<std::size_t> rounds;
  for (int round = 0; round < 4; ++round) {
    for (const auto l : spare) plan.taken(l);
    spare.clear();
    while (plan.next(now) <= now)
      for (const auto l : open_all()) spare.push_back(l);
    rounds.push_back(spare.size());
  }
  EXPECT_EQ(rounds, (std::vector<std::size_t>{2, 4, 8, 16}));
}

TEST_F(Lending, LendsNoMoreThanItsBound) {
  lending_options few;
  few.lent_max = 5;
  lending bounded(1, few);
  bounded.lend_to({a});
  for (int round = 0; round < 10; ++round)
    for (const auto& o : bounded.due(now)) {
      bounded.opened(o.loan, now);
      bounded.taken(o.loan);
    }
  EXPECT_EQ(bounded.open_to(a), 5);
  EXPECT_EQ(bounded.next(now), instant::max());
}

TEST_F(Lending, AsksWhoRefusesAfterGrowingPauses) {
  plan.lend_to({a});
  auto last = milliseconds(0);
  for (int i = 0; i < 6; ++i) {
    const auto orders = plan.due(now);
    ASSERT_FALSE(orders.empty()) << i;
    for (const auto& o : orders) plan.failed(o.loan, now);
    const auto pause = std::chrono::duration_cast<milliseconds>(plan.next(now) - now);
    EXPECT_GT(pause, last) << i;
    EXPECT_LE(pause, milliseconds(72000));
    EXPECT_TRUE(plan.due(now).empty());
    last = pause;
    now += pause;
  }
}

TEST_F(Lending, TakesAConnectionThatIsClosedUnusedAtOnceForARefusal) {
  plan.lend_to({a});
  for (const auto l : open_all()) plan.closed(l, now + milliseconds(50));
  EXPECT_GT(plan.next(now), now + milliseconds(300));
}

TEST_F(Lending, ReplacesOneThatWasUsedOrLivedAtOnce) {
  plan.lend_to({a});
  const auto loans = open_all();
  plan.taken(loans[0]);
  open_all();
  plan.closed(loans[0], now + milliseconds(10));
  now += seconds(30);
  plan.closed(loans[1], now);
  EXPECT_EQ(plan.due(now).size(), 1u);
}

TEST_F(Lending, LendsNothingMoreToWhoIsNoBorrower) {
  plan.lend_to({a, b});
  const auto loans = open_all();
  plan.lend_to({b});
  EXPECT_EQ(plan.open_to(a), 2);  // what it uses it may go on using
  for (const auto l : loans) plan.closed(l, now + seconds(10));
  now += seconds(10);
  const auto orders = plan.due(now);
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[0].to, b);
  EXPECT_EQ(plan.open_to(a), 0);
}

TEST_F(Lending, ABorrowerThatComesBackIsServedAtOnce) {
  plan.lend_to({a});
  for (const auto& o : plan.due(now)) plan.failed(o.loan, now);
  EXPECT_TRUE(plan.due(now).empty());
  plan.lend_to({});
  plan.lend_to({a});
  EXPECT_EQ(plan.due(now).size(), 2u);
}

TEST_F(Lending, UnderANewKeyOthersAreOpenedBesideThoseOfTheKeyBefore) {
  plan.lend_to({a});
  const auto loans = open_all();
  plan.taken(loans[0]);
  open_all();
  const auto spares = plan.due(now);
  EXPECT_TRUE(spares.empty());
  plan.renew();
  EXPECT_EQ(plan.lent_to(), std::vector<node_key>{a});
  EXPECT_EQ(plan.open_to(a), 3);
  EXPECT_EQ(open_all().size(), 2u) << "none of those before is a spare";
  plan.closed(loans[1], now + milliseconds(50));
  EXPECT_EQ(plan.next(now), instant::max()) << "the borrower gives it up, which is no refusal";
  plan.idle(loans[0]);
  plan.taken(loans[0]);
  plan.closed(loans[0], now + milliseconds(50));
  EXPECT_EQ(plan.open_to(a), 3);
}

TEST_F(Lending, ADialUnderTheKeyBeforeIsNoSpareEither) {
  plan.lend_to({a});
  const auto orders = plan.due(now);
  plan.renew();
  const auto anew = plan.due(now);
  EXPECT_EQ(anew.size(), 2u);
  plan.opened(orders[0].loan, now);
  plan.failed(orders[1].loan, now);
  for (const auto& o : anew) plan.opened(o.loan, now);
  EXPECT_EQ(plan.open_to(a), 3);
  now += seconds(1);
  EXPECT_TRUE(plan.due(now).empty());
}

TEST_F(Lending, WordsAboutLoansThatAreOverMeanNothing) {
  plan.lend_to({a});
  const auto loans = open_all();
  plan.closed(loans[0], now + seconds(9));
  plan.taken(loans[0]);
  plan.idle(loans[0]);
  plan.closed(loans[0], now + seconds(9));
  plan.failed(loans[0], now + seconds(9));
  EXPECT_EQ(plan.open_to(a), 1);
}

}  // namespace
}  // namespace edgemesh::net
