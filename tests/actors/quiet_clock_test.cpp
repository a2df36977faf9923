#include "actors/runtime/quiet_clock.hpp"

#include <caf/all.hpp>
#include <gtest/gtest.h>

namespace edgemesh::actors {
namespace {

/// Counts what would wake a clock's thread; looks at no actor.
class counting_clock final : public caf::detail::simple_actor_clock {
 public:
  void set_ordinary_timeout(time_point, caf::abstract_actor*, caf::atom_value, std::uint64_t) override { ++set; }
  void set_multi_timeout(time_point, caf::abstract_actor*, caf::atom_value, std::uint64_t) override { ++set; }
  void set_request_timeout(time_point, caf::abstract_actor*, caf::message_id) override { ++set; }
  void cancel_timeouts(caf::abstract_actor*) override { ++cancelled; }
  int set = 0, cancelled = 0;
};

class QuietClock : public testing::Test {
 protected:
  static caf::abstract_actor* actor(std::size_t number) { return reinterpret_cast<caf::abstract_actor*>((number + 1) * 64); }
  counting_clock real;
  quiet_clock clock{real};
};

TEST_F(QuietClock, SleepsWhileActorsEndThatSetNoTimeout) {
  clock.set_request_timeout({}, actor(0), {});
  clock.cancel_timeouts(actor(1));
  EXPECT_EQ(real.cancelled, 0);
}

TEST_F(QuietClock, ForgetsTheTimeoutsOfAnEndedActorOnce) {
  clock.set_request_timeout({}, actor(0), {});
  clock.set_multi_timeout({}, actor(1), caf::atom("x"), 1);
  clock.set_ordinary_timeout({}, actor(2), caf::atom("x"), 2);
  EXPECT_EQ(real.set, 3);
  for (std::size_t i = 0; i < 3; ++i) clock.cancel_timeouts(actor(i));
  EXPECT_EQ(real.cancelled, 3);
  for (std::size_t i = 0; i < 3; ++i) clock.cancel_timeouts(actor(i));
  EXPECT_EQ(real.cancelled, 3);
}

}  // namespace
}  // namespace edgemesh::actors
