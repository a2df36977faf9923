#include "actors/session_state.hpp"

#include "tests/actors/virtual_time.hpp"

namespace edgemesh::actors {
namespace {

class SessionActor : public virtual_time {
 protected:
  SessionActor() {
    link->stop.slot().assign([this](boost::asio::cancellation_type type) {
      EXPECT_EQ(type, boost::asio::cancellation_type::terminal);
      ++stops;
    });
    actor = keep(spawn_session(home(), {link}));
    caf::actor_cast<caf::abstract_actor*>(actor)->attach_functor([this](const caf::error&) { is_alive = false; });
  }
  void TearDown() override {
    virtual_time::TearDown();
    link->stop.slot().clear();
  }
  std::shared_ptr<http::session_link> link = std::make_shared<http::session_link>();
  session_actor actor;
  int stops = 0;
  bool is_alive = true;
};

TEST_F(SessionActor, CancelStopsTheCoroutineAndWaitsForItsEnd) {
  tell(actor, cancel_session{});
  EXPECT_EQ(stops, 1);
  EXPECT_TRUE(is_alive);
  link->over = true;
  tell(actor, session_ended{});
  EXPECT_FALSE(is_alive);
  EXPECT_EQ(stops, 1);
}

TEST_F(SessionActor, NothingIsStoppedTwiceAfterTheEnd) {
  link->over = true;
  tell(actor, cancel_session{});
  EXPECT_EQ(stops, 0);
}

TEST_F(SessionActor, DrainMarksTheConnectionAndStopsNothing) {
  tell(actor, drain_session{});
  EXPECT_TRUE(link->draining);
  EXPECT_EQ(stops, 0) << "its next request hears that this node takes no new work";
}

TEST_F(SessionActor, ARequestThatBeganJustBeforeTheEndIsNotTakenForAnIdleConnection) {
  link->view.busy = true;
  tell(actor, end_if_idle{});
  EXPECT_EQ(stops, 0);
  link->view.busy = false;
  tell(actor, end_if_idle{});
  EXPECT_EQ(stops, 1);
}

TEST_F(SessionActor, ExitStopsTheCoroutineAndWaitsForItsEnd) {
  end(actor);
  EXPECT_EQ(stops, 1);
  EXPECT_TRUE(is_alive);
  link->over = true;
  tell(actor, session_ended{});
  EXPECT_FALSE(is_alive);
}

TEST_F(SessionActor, KillStopsTheCoroutineToo) {
  end(actor, caf::exit_reason::kill);
  EXPECT_FALSE(is_alive);
  EXPECT_EQ(stops, 1);
  link->over = true;
}

}  // namespace
}  // namespace edgemesh::actors
