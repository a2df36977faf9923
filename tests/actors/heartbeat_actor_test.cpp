// Beats on the links on which requests wait, in virtual time.
#include <gtest/gtest.h>

#include "actors/mesh/heartbeat_state.hpp"
#include "proto/frame.hpp"
#include "tests/actors/virtual_time.hpp"

namespace edgemesh::actors {
namespace {

class Heartbeat : public virtual_time {
 protected:
  const node_key peer_ = [] { node_key k; k.bytes[0] = 7; return k; }();
  const mesh_id mesh_{};
  heartbeat_actor actor_;
  std::shared_ptr<routing::path_watch> watch_ = std::make_shared<routing::path_watch>([this] { caf::anon_send(actor_, ways_busy{}); });
  std::shared_ptr<routing::path_cell> way_ = std::make_shared<routing::path_cell>(watch_);
  std::vector<std::string> frames_;

  void SetUp() override {
    actor_ = keep(spawn_heartbeat(home(), {mesh_, watch_}));
    tell(actor_, watch_way{peer_, recording_link(&frames_), 1, way_});
  }
  link_actor recording_link(std::vector<std::string>* to) {
    return keep(system().spawn(
        [](link_actor::pointer, std::vector<std::string>* frames) -> link_actor::behavior_type {
          return {[](frame_atom, const std::string&) {},
                  [frames](const send_frame& m) { frames->push_back(m.bytes); },
                  [](opening_due) {},
                  [](const close_link&) {}};
        },
        to));
  }
  /// Answers the last beat.
  void answer() {
    const auto frame = proto::open_frame(frames_.back(), mesh_);
    ASSERT_TRUE(frame.has_value());
    ASSERT_EQ(frame->kind, proto::message_kind::beat);
    const auto beat = std::get<proto::beat>(*proto::decode(frame->kind, frame->payload));
    tell(actor_, frame_arrived{peer_, proto::message_kind::beat_back, proto::encode(proto::beat_back{beat.sequence})});
  }
};

TEST_F(Heartbeat, NothingIsSentWhileNothingIsOutstanding) {
  pass(seconds(10));
  EXPECT_TRUE(frames_.empty());
}

TEST_F(Heartbeat, ABusyWayIsAskedTenTimesASecondAndThenNoMore) {
  {
    const routing::outstanding_request request(way_);
    settle();
    for (int i = 0; i < 10; ++i) {
      pass(milliseconds(100));
      answer();
    }
    EXPECT_NEAR(static_cast<double>(frames_.size()), 10, 2);
  }
  pass(milliseconds(100));
  const auto then = frames_.size();
  pass(seconds(10));
  EXPECT_EQ(frames_.size(), then);
  EXPECT_FALSE(way_->is_silent());
}

TEST_F(Heartbeat, ANodeThatDoesNotAnswerIsAvoidedWithin700MillisecondsAndTakenBackAtItsAnswer) {
  const routing::outstanding_request request(way_);
  settle();
  pass(milliseconds(700));
  EXPECT_TRUE(way_->is_silent());
  answer();
  EXPECT_FALSE(way_->is_silent());
}

TEST_F(Heartbeat, TheSecondRequestAfterARestWakesItAgain) {
  { const routing::outstanding_request request(way_); }
  settle();
  pass(seconds(10));
  const auto then = frames_.size();
  const routing::outstanding_request request(way_);
  settle();
  pass(milliseconds(200));
  EXPECT_GT(frames_.size(), then);
}

TEST_F(Heartbeat, ALostLinkEndsTheSilence) {
  const routing::outstanding_request request(way_);
  settle();
  pass(milliseconds(700));
  ASSERT_TRUE(way_->is_silent());
  tell(actor_, link_down{peer_});
  EXPECT_FALSE(way_->is_silent());
  const auto then = frames_.size();
  pass(seconds(1));
  EXPECT_EQ(frames_.size(), then);
}

}  // namespace
}  // namespace edgemesh::actors
