// How a backend's actor deals with host names, and with discovered backends that go away.
#include "tests/actors/backend_fixture.hpp"

namespace edgemesh::actors {
namespace {

using BackendNaming = backend_test;
using namespace std::chrono_literals;

std::vector<ip_address> addresses(std::initializer_list<const char*> all) {
  std::vector<ip_address> out;
  for (const auto* a : all) out.push_back(*parse_ip(a));
  return out;
}

TEST_F(BackendNaming, ProbesOnlyAfterTheNameIsKnown) {
  spawn(spec_of("http://llm.test:8080"));
  EXPECT_TRUE(probes.empty());
  ASSERT_EQ(lookups.size(), 1u);
  EXPECT_EQ(lookups[0].host, "llm.test");
  lookups[0].done(addresses({"10.0.0.1", "fd00::1"}));
  settle();
  ASSERT_EQ(probes.size(), 1u);
  EXPECT_EQ(probes[0].order.target->addresses.size(), 2u);
  EXPECT_EQ(told.addresses.back().endpoints[1].to_string(), "[fd00::1]:8080");
}

TEST_F(BackendNaming, ResolvesAgainEveryThirtySeconds) {
  spawn(spec_of("http://llm.test:8080"));
  lookups[0].done(addresses({"10.0.0.1"}));
  settle();
  answer(good());
  pass(29s);
  EXPECT_EQ(lookups.size(), 1u);
  pass(1100ms);
  EXPECT_EQ(lookups.size(), 2u);
}

TEST_F(BackendNaming, ResolvesAgainWhenTheConnectionFails) {
  const auto a = spawn(spec_of("http://llm.test:8080"));
  lookups[0].done(addresses({"10.0.0.1"}));
  settle();
  answer(good());
  pass(5s);
  attempt(a, attempt_cause::refused);
  pass(25ms);
  ASSERT_EQ(lookups.size(), 2u);
  const auto key = row().paths[0].target->pool_key;
  lookups[1].done(addresses({"10.0.0.2"}));
  settle();
  EXPECT_EQ(row().paths[0].target->addresses[0].to_string(), "10.0.0.2:8080");
  EXPECT_NE(row().paths[0].target->pool_key, key) << "connections to the old place are not used again";
}

TEST_F(BackendNaming, AddressesThatRotateChangeNothing) {
  spawn(spec_of("http://llm.test:8080"));
  lookups[0].done(addresses({"10.0.0.1", "10.0.0.2"}));
  settle();
  answer(good());
  const auto rows = listed.rows.size();
  pass(31s);
  ASSERT_EQ(lookups.size(), 2u);
  lookups[1].done(addresses({"10.0.0.2", "10.0.0.1"}));
  settle();
  EXPECT_EQ(listed.rows.size(), rows);
}

TEST_F(BackendNaming, AnUnknownNameIsDownWithAReasonAndAskedAgain) {
  spawn(spec_of("http://llm.test:8080"));
  lookups[0].done(error{"the name is not known"});
  settle();
  EXPECT_EQ(view().health, backend_health::down);
  EXPECT_EQ(view().detail, "the name is not known");
  pass(2100ms);
  EXPECT_EQ(lookups.size(), 2u);
  EXPECT_TRUE(probes.empty());
}

TEST_F(BackendNaming, OldAddressesStayWhenTheNameServerFails) {
  spawn(spec_of("http://llm.test:8080"));
  lookups[0].done(addresses({"10.0.0.1"}));
  settle();
  answer(good());
  pass(31s);
  lookups[1].done(error{"timeout"});
  settle();
  EXPECT_EQ(view().health, backend_health::ready);
  EXPECT_EQ(row().paths[0].target->addresses.size(), 1u);
}

TEST_F(BackendNaming, AHangingResolverLeavesTheActorResponsive) {
  const auto a = spawn(spec_of("http://llm.test:8080"));
  pass(60s);
  bool answered = false;
  tell(a, inspect_backend{reply_slot<backend_view_ptr>([&](std::optional<backend_view_ptr> v) { answered = v.has_value(); })});
  EXPECT_TRUE(answered);
  EXPECT_EQ(lookups.size(), 1u);
}

TEST_F(BackendNaming, AProxysNameIsResolvedInsteadOfTheBackends) {
  auto spec = spec_of("https://api.test/v1", backend_kind::openai);
  spec.settings.proxy = settings::proxy_settings{{"proxy.test", 3128}, {}};
  spawn(spec);
  ASSERT_EQ(lookups.size(), 1u);
  EXPECT_EQ(lookups[0].host, "proxy.test");
  lookups[0].done(addresses({"10.0.0.9"}));
  settle();
  ASSERT_EQ(probes.size(), 1u);
  EXPECT_EQ(probes[0].order.target->proxy->addresses[0].to_string(), "10.0.0.9:3128");
  EXPECT_TRUE(told.addresses.empty()) << "where a proxy is says nothing of where the backend is";
}

TEST_F(BackendNaming, RemoteMediaNeedsAddressesThatAreAllPublic) {
  spawn(spec_of("http://llm.test:8080"));
  EXPECT_FALSE(row().remote_media);
  lookups[0].done(addresses({"93.184.216.34", "10.0.0.1"}));
  settle();
  EXPECT_FALSE(row().remote_media);
  answer(good());
  pass(31s);
  lookups[1].done(addresses({"93.184.216.34"}));
  settle();
  EXPECT_TRUE(row().remote_media);
}

TEST_F(BackendNaming, ADiscoveredBackendThatVanishesIsForgottenAfterTenMinutes) {
  auto spec = spec_of("http://127.0.0.1:11434");
  spec.is_discovered = true;
  spawn(spec, std::make_shared<const probe_result>(good()));
  EXPECT_EQ(view().health, backend_health::ready) << "what discovery saw counts";
  pass(18s);
  answer(refused());
  for (int i = 0; i < 590; ++i) {
    pass(1s);
    if (!probes.empty()) answer(refused());
  }
  EXPECT_TRUE(told.vanished.empty());
  for (int i = 0; i < 12; ++i) {
    pass(1s);
    if (!probes.empty()) answer(refused());
  }
  EXPECT_EQ(told.vanished, std::vector<std::string>{"box"});
}

TEST_F(BackendNaming, AConfiguredBackendIsNeverForgotten) {
  spawn(spec_of("http://127.0.0.1:11434"));
  answer(refused());
  for (int i = 0; i < 620; ++i) {
    pass(1s);
    if (!probes.empty()) answer(refused());
  }
  EXPECT_TRUE(told.vanished.empty());
}

TEST_F(BackendNaming, SomethingElseOnADiscoveredPortIsLeftToDiscovery) {
  auto spec = spec_of("http://127.0.0.1:8080");
  spec.is_discovered = true;
  spawn(spec, std::make_shared<const probe_result>(good()));
  pass(18s);
  auto other = silent();
  other.report.health = backend_health::misconfigured;
  other.is_answered = true;
  answer(other);
  EXPECT_FALSE(told.vanished.empty());
}

}  // namespace
}  // namespace edgemesh::actors
