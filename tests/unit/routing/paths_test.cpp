// Backends that are reached by several ways, by several nodes, in several sites.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "routing/cost.hpp"
#include "tests/unit/routing/table_builder.hpp"

namespace edgemesh::routing {
namespace {
using ::testing::HasSubstr;

backend_path peer_path(std::string node, std::string site, double distance_ms, int hops = 1) {
  backend_path p;
  p.node = std::move(node);
  p.site = std::move(site);
  p.local = false;
  p.hops = hops;
  p.distance_ms = distance_ms;
  p.cell = std::make_shared<path_cell>();
  return p;
}

/// A backend that another node offers, by one path.
std::shared_ptr<backend_row> remote(std::string name, std::string node, std::string site, double distance_ms) {
  auto row = make_row(std::move(name), {"m"}, backend_kind::openai, node);
  row->paths = {peer_path(std::move(node), std::move(site), distance_ms)};
  return row;
}

route_table site_table(const std::vector<std::shared_ptr<backend_row>>& rows, std::string site = "fra") {
  return route_table(1, data_classes{}, {rows.begin(), rows.end()}, {}, {}, std::move(site));
}

std::map<std::string, int> spread(const route_table& table, int rounds = 2000, const std::vector<tried_way>* tried = nullptr) {
  random_source rng(7);
  auto q = ask("m");
  q.tried = tried;
  std::map<std::string, int> out;
  for (int i = 0; i < rounds; ++i) {
    const auto d = decide(table, q, rng);
    ++out[d.choice ? std::string(d.choice->path->node) : std::string(d.error->code.value_or(""))];
  }
  return out;
}

TEST(Paths, TheOwnConnectionComesBeforeAPeersWhileBothAreIdle) {
  const auto table = site_table({make_row("here", {"m"}), remote("there", "n2", "fra", 0.2), remote("third", "n3", "fra", 0.2)});
  EXPECT_EQ(spread(table, 500), (std::map<std::string, int>{{"n1", 500}}));
}

TEST(Paths, WithoutAnOwnBackendTheNearestPeerServes) {
  const auto table = site_table({remote("a", "far-1", "ber", 30), remote("b", "near", "muc", 5), remote("c", "far-2", "ber", 40)});
  EXPECT_EQ(spread(table, 500), (std::map<std::string, int>{{"near", 500}}));
}

TEST(Paths, AMeasuredRoundTripOutranksTheAssumedOne) {
  auto a = remote("a", "n2", "ber", 5), b = remote("b", "n3", "ber", 50);
  a->paths[0].cell->round_trip_us = 80'000;
  EXPECT_EQ(spread(site_table({a, b}), 200), (std::map<std::string, int>{{"n3", 200}}));
}

TEST(Paths, EquallyFarPeersShareTheLoad) {
  const auto counts = spread(site_table({remote("a", "n2", "ber", 5.0), remote("b", "n3", "ber", 5.4), remote("c", "n4", "ber", 5.2)}));
  for (const char* node : {"n2", "n3", "n4"}) EXPECT_GT(counts.at(node), 450) << node;
}

TEST(Paths, TheOwnSiteComesFirstWhileItHasRoomAndThenSpills) {
  auto near = remote("near", "n2", "fra", 1), far = remote("far", "n3", "ber", 3);
  near->cell->concurrency = far->cell->concurrency = 4;
  const auto table = site_table({near, far});
  near->cell->in_flight = 3;  // costlier than the far one, but there is room
  EXPECT_EQ(spread(table, 200), (std::map<std::string, int>{{"n2", 200}}));
  auto q = ask("m");
  EXPECT_EQ(verdict_of(decide(table, q, true), "far")->refused_by, refusal::distance);
  near->cell->in_flight = 2;
  near->cell->others_in_flight = 2;  // full by what others have there
  EXPECT_EQ(spread(table, 200), (std::map<std::string, int>{{"n3", 200}}));
}

TEST(Paths, SpillWeighsDistanceAgainstLoad) {
  auto busy = remote("busy", "n2", "ber", 10), idle = remote("idle", "n3", "tok", 150);
  busy->cell->slots = idle->cell->slots = 8;
  const auto table = site_table({busy, idle});
  busy->cell->in_flight = 4;  // 10 + 0.5 x 200 ms
  EXPECT_EQ(spread(table, 200), (std::map<std::string, int>{{"n2", 200}}));
  busy->cell->in_flight = 7;  // 10 + 0.875 x 200 ms
  EXPECT_EQ(spread(table, 200), (std::map<std::string, int>{{"n3", 200}}));
  idle->cell->first_content_us = 100'000;
  busy->cell->first_content_us = 100'000;  // 10 + 87.5 ms: a quicker backend is worth waiting for
  EXPECT_EQ(spread(table, 200), (std::map<std::string, int>{{"n2", 200}}));
}

TEST(Paths, APeerThatClaimsToBeIdleIsJudgedByHowSlowItWasFoundToBe) {
  auto liar = remote("liar", "n2", "ber", 2), honest = remote("honest", "n3", "ber", 12);
  liar->cell->slots = honest->cell->slots = 8;
  const auto table = site_table({liar, honest});
  EXPECT_EQ(spread(table, 200), (std::map<std::string, int>{{"n2", 200}})) << "nothing is known against it yet";
  hear_load(*liar->cell, {0, 0, 0}, test_now);
  for (int i = 0; i < 40; ++i) learn_first_content(*liar->cell, milliseconds(3000));
  for (int i = 0; i < 40; ++i) learn_first_content(*honest->cell, milliseconds(150));
  EXPECT_EQ(spread(table, 200), (std::map<std::string, int>{{"n3", 200}}));
  honest->cell->in_flight = 7;  // 12 + 1 x 150 ms against 2 + 1/8 x 3000 ms
  EXPECT_EQ(spread(table, 200), (std::map<std::string, int>{{"n3", 200}}));
}

TEST(Paths, ANodeThatDoesNotAnswerIsTakenOnlyWhenThereIsNoOther) {
  auto silent = remote("a", "n2", "fra", 1), other = remote("b", "n3", "tok", 150);
  silent->paths[0].cell->silent_since = to_ticks(test_now);
  EXPECT_EQ(spread(site_table({silent, other}), 50), (std::map<std::string, int>{{"n3", 50}}));
  EXPECT_EQ(spread(site_table({silent}), 50), (std::map<std::string, int>{{"n2", 50}}));
  other->cell->health = backend_health::down;
  EXPECT_EQ(spread(site_table({silent, other}), 50), (std::map<std::string, int>{{"n2", 50}}));
  const auto d = decide(site_table({silent, remote("c", "n4", "fra", 1)}), ask("m"), true);
  EXPECT_EQ(verdict_of(d, "a")->refused_by, refusal::unreachable);
  EXPECT_EQ(verdict_of(d, "a")->detail, "n2 does not answer");
}

TEST(Paths, ALostOneIsNotTakenForASilentOne) {
  auto lost = remote("a", "n2", "fra", 1);
  lost->paths[0].cell->silent_since = to_ticks(test_now);
  lost->paths[0].cell->lost(test_now);
  EXPECT_EQ(decide(site_table({lost}), ask("m")).because, refusal::unreachable);
}

TEST(Paths, ALaterRouteOfAVirtualModelIsBetterThanASilentNode) {
  auto silent = remote("a", "n2", "fra", 1);
  silent->paths[0].cell->silent_since = to_ticks(test_now);
  auto other = make_row("b", {"second"});
  const std::vector<virtual_model> models{{"assistant", {{{}, "m"}, {{}, "second"}}, {}}};
  const route_table both(1, data_classes{}, {silent, other}, models, {}, "fra"), alone(1, data_classes{}, {silent}, models, {}, "fra");
  EXPECT_EQ(decide(both, ask("assistant")).model, "second");
  EXPECT_EQ(decide(alone, ask("assistant")).model, "m");
}

TEST(Paths, WhereTheOwnShareIsUsedAPeersConnectionServes) {
  auto row = make_row("gpu", {"m"});
  row->paths[0].node = "n1";
  row->paths.push_back(peer_path("n2", "fra", 1));
  row->cell->concurrency = 6;
  row->cell->own_places.set_limit(1);
  EXPECT_EQ(spread(site_table({row}), 20), (std::map<std::string, int>{{"n1", 20}}));
  auto place = in_flight_guard::acquire(row->cell, in_flight_guard::way::own);
  ASSERT_TRUE(place);
  EXPECT_FALSE(in_flight_guard::acquire(row->cell, in_flight_guard::way::own));
  EXPECT_EQ(row->cell->in_flight, 1);
  EXPECT_EQ(spread(site_table({row}), 20), (std::map<std::string, int>{{"n2", 20}}));
  EXPECT_TRUE(in_flight_guard::acquire(row->cell, in_flight_guard::way::peers));
  const auto d = decide(site_table({row}), ask("m"), true);
  EXPECT_EQ(d.verdicts.at(0).refused_by, refusal::concurrency);
  EXPECT_EQ(d.verdicts.at(0).detail, "1 of the 1 places of this node taken");
  place.release();
  EXPECT_EQ(row->cell->own_places.used(), 0);
  EXPECT_EQ(row->cell->in_flight, 0);
}

TEST(Paths, AWayWithRoomComesBeforeANearerFullOne) {
  auto row = remote("gpu", "n2", "fra", 1);
  row->paths.push_back(peer_path("n3", "tok", 150));
  row->paths[0].is_full = true;
  EXPECT_EQ(spread(site_table({row}), 20), (std::map<std::string, int>{{"n3", 20}}));
  row->paths[1].is_full = true;
  EXPECT_EQ(spread(site_table({row}), 20), (std::map<std::string, int>{{"n2", 20}}));
}

TEST(PathCell, TheFirstRequestOnAWayWakesTheWatcher) {
  int woken = 0;
  const auto watch = std::make_shared<path_watch>([&] { ++woken; });
  const auto cell = std::make_shared<path_cell>(watch);
  {
    const outstanding_request first(cell), second(cell);
    EXPECT_EQ(cell->outstanding, 2);
    EXPECT_EQ(woken, 1);
  }
  EXPECT_EQ(cell->outstanding, 0);
  watch->rests();
  const outstanding_request own(nullptr), later(cell);
  EXPECT_EQ(woken, 2);
}

TEST(PathCell, ASilentNodesRequestIsGivenUpHalfASecondAfterItBeganToWait) {
  path_cell cell;
  cell.silent_since = to_ticks(test_now);
  const auto later = test_now + milliseconds(300);
  EXPECT_FALSE(cell.is_given_up(test_now + milliseconds(499), test_now - seconds(1)));
  EXPECT_TRUE(cell.is_given_up(test_now + milliseconds(500), test_now - seconds(1)));
  EXPECT_FALSE(cell.is_given_up(test_now + milliseconds(799), later));
  EXPECT_TRUE(cell.is_given_up(test_now + milliseconds(800), later));
}

TEST(PlaceCount, ALoweredLimitLetsNobodyInUntilTheOthersHaveLeft) {
  place_count places;
  EXPECT_TRUE(places.try_enter() && places.try_enter() && places.try_enter());
  EXPECT_EQ(places.set_limit(1), 3);
  EXPECT_FALSE(places.try_enter());
  places.leave();
  places.leave();
  EXPECT_FALSE(places.try_enter());
  places.leave();
  EXPECT_TRUE(places.try_enter());
  EXPECT_EQ(places.set_limit(0), 1);
  EXPECT_TRUE(places.is_full());
}

TEST(Paths, AnAvoidedPathIsSkippedAndTheBackendStays) {
  auto row = remote("gpu", "n2", "ber", 5);
  row->paths.push_back(peer_path("n3", "ber", 9));
  const auto table = site_table({row});
  EXPECT_EQ(spread(table, 50), (std::map<std::string, int>{{"n2", 50}}));
  row->paths[0].cell->lost(test_now);
  EXPECT_EQ(spread(table, 50), (std::map<std::string, int>{{"n3", 50}}));
  row->paths[1].cell->lost(test_now);
  const auto d = decide(table, ask("m"), true);
  EXPECT_EQ(d.because, refusal::unreachable);
  EXPECT_EQ(d.error->status, 503);
  EXPECT_EQ(d.error->code, "no_backend_available");
  EXPECT_EQ(d.error->retry_after, seconds(1));
  EXPECT_FALSE(d.model_unknown);
  EXPECT_THAT(d.verdicts.at(0).detail, HasSubstr("the way to n2 was lost, for 1000 ms more"));
  row->paths[0].cell->restored();
  EXPECT_EQ(spread(table, 50), (std::map<std::string, int>{{"n2", 50}}));
}

TEST(Paths, APauseDoublesUpToHalfAMinuteAndOneMomentCountsOnce) {
  path_cell cell;
  instant now = test_now;
  for (const int expected : {1, 2, 4, 8, 16, 30, 30}) {
    cell.lost(now);
    cell.lost(now);  // the second stream on the same link
    EXPECT_EQ(from_ticks(cell.avoided_until) - now, seconds(expected));
    now += seconds(expected);
    EXPECT_FALSE(cell.is_avoided(to_ticks(now)));
  }
  cell.restored();
  cell.lost(now);
  EXPECT_EQ(from_ticks(cell.avoided_until) - now, seconds(1));
}

TEST(Paths, ALostWayLeavesTheOtherWaysOfTheBackendToTry) {
  auto row = remote("gpu", "n2", "ber", 5);
  row->paths.push_back(peer_path("n3", "ber", 9));
  const auto table = site_table({row});
  const auto first = decide(table, ask("m"));
  std::vector<tried_way> tried{tried_way::path_of(*first.choice)};
  EXPECT_EQ(spread(table, 50, &tried), (std::map<std::string, int>{{"n3", 50}}));
  tried = {tried_way::all_of(*first.choice)};
  auto q = ask("m");
  q.tried = &tried;
  EXPECT_EQ(decide(table, q).because, refusal::already_tried);
}

TEST(Paths, ARelayIsUsedOnlyWhereNoShorterWayIsLeft) {
  auto row = remote("gpu", "n2", "ber", 30);
  auto relayed = peer_path("n2", "ber", 3, 2);
  relayed.via = "n3";
  row->paths.push_back(relayed);
  const auto table = site_table({row});
  EXPECT_EQ(decide(table, ask("m")).choice->path->via, "");
  row->paths[0].cell->lost(test_now);
  EXPECT_EQ(decide(table, ask("m")).choice->path->via, "n3");
  auto q = ask("m");
  q.hops_left = 1;
  const auto d = decide(table, q, true);
  EXPECT_EQ(d.because, refusal::unreachable);
  EXPECT_THAT(d.verdicts.at(1).detail, HasSubstr("a hop too many"));
}

TEST(Paths, ABackendWithSeveralPathsIsSampledOnce) {
  auto shared = remote("shared", "n2", "ber", 5);
  for (const char* node : {"n3", "n4", "n5"}) shared->paths.push_back(peer_path(node, "ber", 5));
  auto single = remote("single", "n6", "ber", 5);
  const auto counts = spread(site_table({shared, single}));
  EXPECT_NEAR(counts.at("n6"), 1000, 120);
}

TEST(Paths, CapacityBelongsToTheBackendHoweverItIsReached) {
  auto row = make_row("shared", {"m"});
  row->paths.push_back(peer_path("n2", "fra", 1));
  row->cell->concurrency = 2;
  row->cell->in_flight = 2;
  EXPECT_EQ(decide(site_table({row}), ask("m")).because, refusal::concurrency);
}

TEST(Paths, AShortNameThatFitsSeveralIsRefusedAlsoWhereOneIsThisNodesOwn) {
  const auto table = site_table({make_row("gpu", {"m"}), remote("gpu", "n2", "ber", 5)});
  const auto d = decide(table, ask("gpu::m"));
  EXPECT_EQ(d.error->status, 400);
  EXPECT_EQ(d.error->code, "ambiguous_backend");
  EXPECT_THAT(d.error->message, HasSubstr("n1/gpu::m, n2/gpu::m"));
  EXPECT_EQ(decide(table, ask("n2/gpu::m")).choice->path->node, "n2");
  EXPECT_EQ(decide(table, ask("n1/gpu::m")).choice->path->node, "n1");
}

TEST(Paths, TheFullNameOfOneBackendOnTwoNodesTakesThatNodesWay) {
  auto row = make_row("gpu", {"m"});
  row->paths.push_back(peer_path("n2", "ber", 5));
  row->paths[1].backend = "big-gpu";
  const auto table = site_table({row});
  EXPECT_EQ(decide(table, ask("gpu::m")).choice->path->node, "n1");
  EXPECT_EQ(decide(table, ask("n2/big-gpu::m")).choice->path->node, "n2");
  EXPECT_EQ(decide(table, ask("n2/gpu::m")).error->status, 404);
}

TEST(Paths, AForwardedRequestGetsTheBackendThatItNamesOrNothing) {
  auto own = make_row("gpu", {"m"});
  auto other = make_row("other", {"m"});
  auto far = remote("gpu", "n2", "ber", 5);
  virtual_model renamed{"m", {{{}, "x"}}, {}};
  const route_table table(1, data_classes{}, {own, other, far}, {renamed}, {}, "fra");
  auto q = ask("m");
  q.target_node = "n1";
  q.target_backend = "gpu";
  q.hops_left = 0;
  random_source rng(1);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(decide(table, q, rng).choice->backend, own.get());
  own->cell->draining = true;
  EXPECT_EQ(decide(table, q, rng).because, refusal::draining);
  q.target_node = "n2";
  EXPECT_EQ(decide(table, q, rng).because, refusal::unreachable);  // it would be forwarded once more
  q.hops_left = 1;
  EXPECT_EQ(decide(table, q, rng).choice->backend, far.get());
  q.target_backend = "nobody";
  EXPECT_EQ(decide(table, q, rng).because, refusal::pin);
  q.model = "x";
  EXPECT_EQ(decide(table, q, rng).because, refusal::none);
}

TEST(Paths, LoadThatCameWithAnAnswerOutranksTheGossipedForTwoSeconds) {
  backend_cell cell;
  cell.slots = 4;
  cell.in_flight = 1;
  cell.others_in_flight = 7;
  EXPECT_EQ(busy_of(cell, to_ticks(test_now)), 8);
  hear_load(cell, {.in_flight = 3, .waiting = 1, .slots = 8}, test_now);  // ours is among the three
  EXPECT_EQ(busy_of(cell, to_ticks(test_now + seconds(1))), 4);
  EXPECT_DOUBLE_EQ(load_of(cell, to_ticks(test_now + seconds(1))), 0.5);
  cell.in_flight = 2;  // what this node has sent since counts at once
  EXPECT_EQ(busy_of(cell, to_ticks(test_now + seconds(1))), 5);
  EXPECT_EQ(busy_of(cell, to_ticks(test_now + seconds(3))), 9);
}

TEST(Paths, FirstContentIsLearnedSmoothly) {
  backend_cell cell;
  learn_first_content(cell, milliseconds(80));
  EXPECT_EQ(cell.first_content_us, 80'000);
  learn_first_content(cell, milliseconds(160));
  EXPECT_EQ(cell.first_content_us, 90'000);
}

TEST(Paths, ExplainNamesCostAndDistance) {
  auto row = remote("gpu", "n2", "ber", 30);
  row->cell->slots = 4;
  row->cell->in_flight = 2;
  const auto d = decide(site_table({row}), ask("m"), true);
  EXPECT_DOUBLE_EQ(d.verdicts.at(0).distance_ms, 30);
  EXPECT_DOUBLE_EQ(d.verdicts.at(0).cost_ms, 180);  // with this request there are three in four places
}

/// A backend of a node that nobody can dial: by a relay.
std::shared_ptr<backend_row> relayed(std::string via, class_level relay_class) {
  auto row = remote("gpu", "laptop", "home", 5);
  row->paths[0].hops = 2;
  row->paths[0].via = std::move(via);
  row->paths[0].relay_class = relay_class;
  return row;
}

TEST(Paths, ADirectWayIsTakenBeforeARelay) {
  auto row = remote("gpu", "laptop", "home", 50);
  auto by_relay = row->paths[0];
  by_relay.hops = 2;
  by_relay.via = "relay";
  by_relay.distance_ms = 1;
  by_relay.cell = std::make_shared<path_cell>();
  row->paths.insert(row->paths.begin(), by_relay);
  const auto d = decide(site_table({row}), ask("m"), true);
  ASSERT_TRUE(d.choice);
  EXPECT_EQ(d.choice->path->hops, 1);
  row->paths[1].cell->lost(test_now);
  const auto after = decide(site_table({row}), ask("m"));
  ASSERT_TRUE(after.choice);
  EXPECT_EQ(after.choice->path->via, "relay");
}

TEST(Paths, ARelayThatMayNotSeeTheClassIsRefusedByName) {
  auto q = ask("m");
  q.data_class = 1;
  const auto row = relayed("relay", 0);
  const auto d = decide(site_table({row}), q, true);
  ASSERT_FALSE(d.choice);
  EXPECT_EQ(d.error->status, 403);
  EXPECT_EQ(d.error->code, "data_class_denied");
  ASSERT_EQ(d.verdicts.size(), 1u);
  EXPECT_EQ(name_of(d.verdicts[0].refused_by), "relay_class");
  EXPECT_EQ(d.verdicts[0].detail, "by way of relay, which may see public, not internal");
  row->paths[0].relay_class = 1;
  EXPECT_TRUE(decide(site_table({row}), q).choice);
}

TEST(Paths, ARelayWhoseClassSufficesServesWhereAnotherDoesNot) {
  const auto row = relayed("low", 0);
  row->paths.push_back(row->paths[0]);
  row->paths[1].via = "high";
  row->paths[1].relay_class = 2;
  auto q = ask("m");
  q.data_class = 2;
  EXPECT_EQ(decide(site_table({row}), q).choice->path->via, "high");
}

TEST(Paths, ARequestThatHasMadeAHopTakesNoRelay) {
  auto q = ask("m");
  q.hops_left = 1;
  EXPECT_FALSE(decide(site_table({relayed("relay", 2)}), q).choice);
}

}  // namespace
}  // namespace edgemesh::routing
