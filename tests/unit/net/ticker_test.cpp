#include "net/ticker.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

namespace edgemesh::net {
namespace {

struct counting final : ticker::client {
  explicit counting(ticker& t, std::function<void()> f = {}) : client(t), then(std::move(f)) {}
  void tick(instant) override {
    ++ticks;
    if (then) then();
  }
  int ticks = 0;
  std::function<void()> then;
};

class Ticker : public ::testing::Test {
 protected:
  /// Runs until `done` or until nobody waits for anything.
  void run_until(const std::function<bool()>& done) {
    io.restart();
    while (!done() && io.run_one() > 0) {
    }
  }
  boost::asio::io_context io;
  ticker ticks{io, milliseconds(1)};
};

TEST_F(Ticker, CallsEverybodyAgainAndAgain) {
  counting a(ticks), b(ticks);
  EXPECT_EQ(ticks.size(), 2u);
  run_until([&] { return a.ticks >= 3 && b.ticks >= 3; });
  EXPECT_GE(a.ticks, 3);
  EXPECT_GE(b.ticks, 3);
}

TEST_F(Ticker, AnIdleLoopMayEnd) {
  { counting a(ticks); }
  EXPECT_EQ(ticks.size(), 0u);
  run_until([] { return false; });
  SUCCEED() << "the loop ended though nobody said so";
}

TEST_F(Ticker, AClientMayLeaveInsideItsOwnTick) {
  auto a = std::make_unique<counting>(ticks);
  counting* const raw = a.get();
  raw->then = [&] { a.reset(); };
  counting b(ticks);
  run_until([&] { return b.ticks >= 2; });
  EXPECT_EQ(a, nullptr);
  EXPECT_EQ(ticks.size(), 1u);
}

TEST_F(Ticker, AClientMayRemoveEveryOther) {
  std::vector<std::unique_ptr<counting>> others;
  for (int i = 0; i < 3; ++i) others.push_back(std::make_unique<counting>(ticks));
  counting killer(ticks, [&] { others.clear(); });
  for (int i = 0; i < 3; ++i) others.push_back(std::make_unique<counting>(ticks));
  run_until([&] { return killer.ticks >= 2; });
  EXPECT_EQ(ticks.size(), 1u);
}

TEST_F(Ticker, AClientMayComeInsideATick) {
  std::unique_ptr<counting> late;
  counting a(ticks, [&] {
    if (!late) late = std::make_unique<counting>(ticks);
  });
  run_until([&] { return late && late->ticks >= 2; });
  EXPECT_GE(late->ticks, 2);
}

}  // namespace
}  // namespace edgemesh::net
