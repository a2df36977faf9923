#include "net/name_resolver.hpp"

#include <gtest/gtest.h>

#include <future>

namespace edgemesh::net {
namespace {

class NameResolver : public ::testing::Test {
 protected:
  name_resolver::answer ask(name_resolver& r, const std::string& owner, const std::string& host) {
    std::optional<name_resolver::answer> got;
    r.resolve(owner, host, [&](name_resolver::answer a) { got = std::move(a); });
    EXPECT_FALSE(got) << "answered inside the call";
    io.restart();
    while (!got && io.run_one() > 0) {
    }
    return got ? *got : error{"never answered"};
  }
  boost::asio::io_context io;
};

TEST_F(NameResolver, AnswersLiteralsWithoutAskingAnybody) {
  name_resolver r(io, {}, [](const std::string&) -> name_resolver::answer { return error{"asked"}; });
  EXPECT_EQ(ask(r, "a", "127.0.0.3")->front().to_string(), "127.0.0.3");
  EXPECT_EQ(ask(r, "a", "::1")->front().to_string(), "::1");
}

TEST_F(NameResolver, FindsLocalhostThroughTheSystem) {
  name_resolver r(io);
  const auto found = ask(r, "a", "localhost");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->front().is_loopback());
}

TEST_F(NameResolver, SaysThatANameIsUnknown) {
  name_resolver r(io);
  EXPECT_FALSE(ask(r, "a", "no-such-host.invalid"));
}

// A lookup that hangs until it is told to go on.
struct hanging_lookup {
  std::shared_ptr<std::promise<void>> go = std::make_shared<std::promise<void>>();
  name_resolver::lookup function() {
    return [wait = go->get_future().share()](const std::string& host) -> name_resolver::answer {
      if (host == "hangs") wait.wait();
      return std::vector<ip_address>{*parse_ip("10.0.0.1")};
    };
  }
};

TEST_F(NameResolver, AHangingLookupStallsNoOtherOwner) {
  hanging_lookup hanging;
  name_resolver r(io, {.deadline = seconds(60)}, hanging.function());
  bool hung_answered = false;
  r.resolve("slow", "hangs", [&](name_resolver::answer) { hung_answered = true; });
  EXPECT_TRUE(ask(r, "quick", "other"));
  EXPECT_FALSE(hung_answered);
  EXPECT_FALSE(ask(r, "slow", "other")) << "one thread per owner";
  hanging.go->set_value();
  while (!hung_answered) io.run_one();
}

TEST_F(NameResolver, GivesUpAtTheDeadlineAndDropsTheLateAnswer) {
  hanging_lookup hanging;
  int answers = 0;
  name_resolver r(io, {.deadline = milliseconds(20)}, hanging.function());
  r.resolve("slow", "hangs", [&](name_resolver::answer a) {
    ++answers;
    EXPECT_FALSE(a);
  });
  io.run();
  EXPECT_EQ(answers, 1);
  EXPECT_FALSE(ask(r, "slow", "other")) << "its thread still runs";
  hanging.go->set_value();
}

TEST_F(NameResolver, BoundsItsThreads) {
  hanging_lookup hanging;
  name_resolver r(io, {.deadline = milliseconds(20), .threads_max = 2}, hanging.function());
  r.resolve("a", "hangs", [](name_resolver::answer) {});
  r.resolve("b", "hangs", [](name_resolver::answer) {});
  EXPECT_FALSE(ask(r, "c", "other"));
  io.run();
  hanging.go->set_value();
}

TEST_F(NameResolver, MayBeDestroyedWhileALookupHangs) {
  hanging_lookup hanging;
  {
    boost::asio::io_context own;
    name_resolver r(own, {}, hanging.function());
    r.resolve("a", "hangs", [](name_resolver::answer) { FAIL() << "answered after the end"; });
  }
  hanging.go->set_value();
}

}  // namespace
}  // namespace edgemesh::net
