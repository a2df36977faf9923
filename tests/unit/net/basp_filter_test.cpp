#include "net/basp_filter.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/basp_bytes.hpp"

namespace edgemesh::net {
namespace {

using namespace edgemesh::testing;

node_key key_of_bytes(std::uint8_t b) {
  node_key key;
  key.bytes.fill(b);
  return key;
}

constexpr std::uint64_t our_actor = 6, their_actor = 9;

class BaspFilter : public ::testing::Test {
 protected:
  const node_key us = key_of_bytes(1), them = key_of_bytes(2), third = key_of_bytes(3);
  basp_filter accepted{{.self = us, .peer = them}};
  basp_filter dialled{{.self = us, .peer = them, .is_dialled = true}};
  std::string passed;

  basp_fault give(basp_filter& f, const basp_message& m) { return f.received(m.bytes(), passed); }
  basp_fault give(const basp_message& m) { return give(accepted, m); }
  /// Both sides as far as frames may flow; `passed` is empty then.
  void open() {
    accepted.sent(server_handshake(us, our_actor).bytes());
    EXPECT_EQ(give(client_handshake(them)), basp_fault::none);
    EXPECT_EQ(give(client_handshake(them, 2)), basp_fault::none);
    passed.clear();
  }
  void open_dialled() {
    dialled.sent(client_handshake(us).bytes());
    EXPECT_EQ(give(dialled, server_handshake(them, their_actor)), basp_fault::none);
    dialled.sent(spawn_server_question(8).bytes() + frame_message(our_actor, their_actor, "hello").bytes());
    passed.clear();
  }
};

TEST_F(BaspFilter, LetsAWholeConversationPassByteByByte) {
  accepted.sent(server_handshake(us, our_actor).bytes());
  const auto asked = spawn_server_question(8).bytes();
  const std::string before = client_handshake(them).bytes() + client_handshake(them, 2).bytes();
  const std::string after = monitor_message(them, us, our_actor).bytes() + frame_message(their_actor, our_actor, "hello").bytes() +
                            heartbeat().bytes() + frame_message(their_actor, our_actor, std::string(65536, 'x')).bytes() +
                            down_message(them, us, their_actor).bytes();
  for (const char c : before + asked + after) ASSERT_EQ(accepted.received({&c, 1}, passed), basp_fault::none);
  EXPECT_EQ(passed, before + after);
  EXPECT_EQ(accepted.counts().passed, 7u);
  EXPECT_EQ(accepted.counts().dropped, 1u);
}

TEST_F(BaspFilter, LetsTheDialledSideHearTheServer) {
  dialled.sent(client_handshake(us).bytes());
  const std::string greeting = server_handshake(them, their_actor).bytes();
  EXPECT_EQ(dialled.received(greeting + spawn_server_question(7).bytes(), passed), basp_fault::none);
  dialled.sent(spawn_server_question(8).bytes() + frame_message(our_actor, their_actor, "hello").bytes());
  const auto answer = frame_message(their_actor, our_actor, "welcome").bytes();
  EXPECT_EQ(dialled.received(answer, passed), basp_fault::none);
  EXPECT_EQ(passed, greeting + answer);
}

TEST_F(BaspFilter, HoldsAMessageBackUntilItIsWhole) {
  open();
  const auto bytes = frame_message(their_actor, our_actor, "hello").bytes();
  EXPECT_EQ(accepted.received(std::string_view(bytes).substr(0, bytes.size() - 1), passed), basp_fault::none);
  EXPECT_TRUE(passed.empty());
  EXPECT_EQ(accepted.received(std::string_view(bytes).substr(bytes.size() - 1), passed), basp_fault::none);
  EXPECT_EQ(passed, bytes);
}

TEST_F(BaspFilter, RefusesAnythingBeforeAHandshake) {
  for (const auto& m : {frame_message(their_actor, our_actor, "x"), heartbeat(), monitor_message(them, us, our_actor), spawn_server_question(8)}) {
    basp_filter fresh{{.self = us, .peer = them}};
    EXPECT_EQ(give(fresh, m), basp_fault::wrong_order);
  }
  EXPECT_TRUE(passed.empty());
}

TEST_F(BaspFilter, RefusesHandshakesOutOfOrder) {
  EXPECT_EQ(give(server_handshake(them, their_actor)), basp_fault::wrong_order) << "the side that dialled speaks as a client";
  EXPECT_EQ(give(dialled, client_handshake(them)), basp_fault::wrong_order);
  basp_filter early{{.self = us, .peer = them}};
  EXPECT_EQ(give(early, client_handshake(them, 2)), basp_fault::wrong_order);
  basp_filter again{{.self = us, .peer = them}};
  EXPECT_EQ(give(again, client_handshake(them)), basp_fault::none);
  EXPECT_EQ(give(again, client_handshake(them)), basp_fault::wrong_order);
  basp_filter thrice{{.self = us, .peer = them}};
  EXPECT_EQ(give(thrice, client_handshake(them)), basp_fault::none);
  EXPECT_EQ(give(thrice, client_handshake(them, 2)), basp_fault::none);
  EXPECT_EQ(give(thrice, client_handshake(them, 2)), basp_fault::wrong_order);
}

TEST_F(BaspFilter, RefusesANodeThatCallsItselfAnotherOne) {
  EXPECT_EQ(give(client_handshake(third)), basp_fault::other_node);
  EXPECT_EQ(give(dialled, server_handshake(third, their_actor)), basp_fault::other_node);
  basp_filter mirror{{.self = us, .peer = them}};
  EXPECT_EQ(give(mirror, client_handshake(us)), basp_fault::other_node);
  basp_filter changing{{.self = us, .peer = them}};
  EXPECT_EQ(give(changing, client_handshake(them)), basp_fault::none);
  auto other_life = client_handshake(them, 2);
  other_life.payload = node_of(them, 8);
  EXPECT_EQ(give(changing, other_life), basp_fault::other_node);
}

TEST_F(BaspFilter, RefusesABrokenHandshake) {
  auto of_uri = client_handshake(them);
  of_uri.payload[7] = '\x78';
  EXPECT_EQ(give(of_uri), basp_fault::other_node);
  auto version = server_handshake(them, their_actor);
  version.data = 4;
  EXPECT_EQ(give(dialled, version), basp_fault::bad_handshake);
  const auto good = server_handshake(them, their_actor);
  for (std::size_t size = 0; size < good.payload.size(); ++size) {
    basp_filter f{{.self = us, .peer = them, .is_dialled = true}};
    auto cut = good;
    cut.payload.resize(size);
    EXPECT_EQ(give(f, cut), basp_fault::bad_handshake) << size;
  }
  basp_filter f{{.self = us, .peer = them, .is_dialled = true}};
  EXPECT_EQ(give(f, server_handshake(them, 0)), basp_fault::bad_handshake) << "no actor offered";
  EXPECT_TRUE(passed.empty());
}

TEST_F(BaspFilter, RefusesAnAnnouncementOfFourGigabytesAtItsHead) {
  open();
  EXPECT_EQ(accepted.received(frame_message(their_actor, our_actor, "").bytes(0xffffffff), passed), basp_fault::too_long);
  basp_filter fresh{{.self = us, .peer = them}};
  EXPECT_EQ(fresh.received(client_handshake(them).bytes(0xffffffff), passed), basp_fault::too_long);
  EXPECT_TRUE(passed.empty());
}

TEST_F(BaspFilter, RefusesWhatIsOneByteTooLong) {
  open();
  const auto overhead = frame_message(their_actor, our_actor, std::string(70000, 'x')).payload.size() - 70000;
  EXPECT_EQ(give(frame_message(their_actor, our_actor, std::string((80u << 10) - overhead, 'x'))), basp_fault::none);
  EXPECT_EQ(give(frame_message(their_actor, our_actor, std::string((80u << 10) - overhead + 1, 'x'))), basp_fault::too_long);
}

TEST_F(BaspFilter, RefusesMessagesForThirdNodes) {
  open();
  auto routed = frame_message(their_actor, our_actor, "x");
  routed.operation = 3;
  EXPECT_EQ(give(routed), basp_fault::routed);
}

TEST_F(BaspFilter, RefusesActorsAddressedByName) {
  open();
  auto named = spawn_server_question(8);
  named.target = 0x1234;  // any other name
  EXPECT_EQ(give(named), basp_fault::by_name);
}

TEST_F(BaspFilter, RefusesAMessageToSpawnServThatAsksForMore) {
  open();
  auto longer = spawn_server_question(8);
  longer.payload += "and more";
  EXPECT_EQ(give(longer), basp_fault::by_name);
}

TEST_F(BaspFilter, RefusesAnyActorButTheOneOfThisLink) {
  open();
  EXPECT_EQ(give(frame_message(their_actor, our_actor + 1, "x")), basp_fault::other_actor);
}

TEST_F(BaspFilter, RefusesMessagesBeforeWeUseAnActor) {
  EXPECT_EQ(give(dialled, server_handshake(them, their_actor)), basp_fault::none);
  EXPECT_EQ(give(dialled, frame_message(their_actor, our_actor, "x")), basp_fault::other_actor);
}

TEST_F(BaspFilter, RefusesASecondSender) {
  open();
  EXPECT_EQ(give(frame_message(their_actor, our_actor, "x")), basp_fault::none);
  EXPECT_EQ(give(frame_message(their_actor + 1, our_actor, "x")), basp_fault::other_sender);
  open_dialled();
  EXPECT_EQ(give(dialled, frame_message(their_actor + 1, our_actor, "x")), basp_fault::other_sender);
}

TEST_F(BaspFilter, RefusesNobodyAsASender) {
  open();
  EXPECT_EQ(give(frame_message(0, our_actor, "x")), basp_fault::other_sender);
}

class Content : public BaspFilter, public ::testing::WithParamInterface<std::string> {};
TEST_P(Content, IsRefusedUnlessItIsAFrame) {
  open();
  auto m = frame_message(their_actor, our_actor, "x");
  m.payload = GetParam();
  EXPECT_EQ(give(m), basp_fault::other_content);
  EXPECT_TRUE(passed.empty());
}
const std::string frame_start(frame_payload_start);
INSTANTIATE_TEST_SUITE_P(Of, Content,
                         ::testing::Values(std::string(), std::string("\0\0\0\x0a@<>+exit_msg", 14),        // would end the actor
                                           std::string("\1", 1) + frame_start,                               // further receivers
                                           frame_start.substr(0, 18) + big_endian(0x123, 8) + "\x01x",       // another atom
                                           frame_start, frame_start + "\x02x", frame_start + "\x01xy",       // not the length it says
                                           frame_start + "\x80\x80\x80\x80\x80\x80\x80\x01"));               // a length without end

TEST_F(BaspFilter, RefusesRequests) {
  open();
  auto request = frame_message(their_actor, our_actor, "x");
  request.data = 0x5000000000000001;
  EXPECT_EQ(give(request), basp_fault::other_content);
}

TEST_F(BaspFilter, RefusesNewsOfAndForOtherNodes) {
  for (const auto& m : {monitor_message(third, us, our_actor), monitor_message(them, third, our_actor), down_message(third, us, their_actor),
                        down_message(them, third, their_actor)}) {
    basp_filter f{{.self = us, .peer = them}};
    EXPECT_EQ(give(f, client_handshake(them)), basp_fault::none);
    EXPECT_EQ(give(f, m), basp_fault::other_node);
  }
}

TEST_F(BaspFilter, DropsNewsOfActorsOfAnEarlierLink) {
  open();
  EXPECT_EQ(give(monitor_message(them, us, our_actor + 1)), basp_fault::none);
  EXPECT_EQ(give(down_message(them, us, their_actor)), basp_fault::none) << "nothing was said by it here yet";
  EXPECT_TRUE(passed.empty());
  EXPECT_EQ(accepted.counts().dropped, 2u);
}

TEST_F(BaspFilter, RefusesAnEndWithWords) {
  open();
  auto wordy = down_message(them, us, their_actor);
  wordy.payload = node_of(them) + node_of(us) + with_context(std::string("\0\0\x08@<>+@str\x01x", 13));
  EXPECT_EQ(give(wordy), basp_fault::other_content);
}

TEST_F(BaspFilter, RefusesHeadsThatBaspWouldRefuse) {
  open();
  for (auto m : {basp_message{7, 0, 0, 0, 0, ""}, basp_message{6, 0, 0, 0, 0, "x"}, basp_message{6, 0, 1, 0, 0, ""}, basp_message{6, 2, 0, 0, 0, ""},
                 basp_message{4, 0, 0, 1, 6, node_of(them) + node_of(us)}, basp_message{5, 0, 0, 0, 0, node_of(them) + node_of(us)}}) {
    basp_filter f{{.self = us, .peer = them}};
    EXPECT_EQ(give(f, client_handshake(them)), basp_fault::none);
    EXPECT_EQ(give(f, m), basp_fault::unknown) << m.operation;
  }
}

TEST_F(BaspFilter, StaysShutAfterARefusal) {
  open();
  EXPECT_EQ(give(frame_message(their_actor, our_actor + 1, "x")), basp_fault::other_actor);
  EXPECT_EQ(give(heartbeat()), basp_fault::other_actor);
  EXPECT_TRUE(passed.empty());
}

TEST_F(BaspFilter, NamesEachRefusalApart) {
  std::set<std::string_view> names;
  for (int f = 0; f <= static_cast<int>(basp_fault::other_content); ++f) names.insert(name_of(static_cast<basp_fault>(f)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(basp_fault::other_content) + 1);
}

}  // namespace
}  // namespace edgemesh::net
