#include "routing/decide.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/routing/table_builder.hpp"

namespace edgemesh::routing {
namespace {
using testing::HasSubstr;

std::map<std::string, int> spread(const route_table& table, const route_query& q, int rounds = 2000) {
  random_source rng(42);
  std::map<std::string, int> out;
  for (int i = 0; i < rounds; ++i) ++out[chosen(decide(table, q, rng))];
  return out;
}

TEST(Decide, Case53AMissingModelMeansTheOnlyOne) {
  EXPECT_EQ(chosen(decide(make_table({make_row("a", {"m"})}), ask(""))), "a");
  const auto d = decide(make_table({make_row("a", {"m", "n"})}), ask(""));
  EXPECT_EQ(d.error->status, 400);
  EXPECT_EQ(d.error->param, "model");
  EXPECT_FALSE(d.model_unknown);
  EXPECT_EQ(chosen(decide(make_table({make_row("a", {"m", "n"})}, {}, "n"), ask(""))), "a");
  EXPECT_TRUE(decide(make_table({}), ask("")).model_unknown);  // looking again may find the only one
}

TEST(Decide, AnUnknownModelIs404WithTheNearestNames) {
  const auto d = decide(make_table({make_row("a", {"qwen2.5-72b", "llama3.2"})}), ask("qwen2.5-7b"));
  EXPECT_EQ(d.error->status, 404);
  EXPECT_EQ(d.error->code, "model_not_found");
  EXPECT_EQ(d.error->param, "model");
  EXPECT_THAT(d.error->message, HasSubstr("qwen2.5-72b"));
  EXPECT_TRUE(d.model_unknown);
  EXPECT_EQ(d.model, "");  // a client's text never becomes a label
}

TEST(Decide, AnEndlessModelNameIsCutInTheError) {
  const std::string name(5'000'000, 'x');
  const auto d = decide(make_table({make_row("a", {"m"})}), ask(name));
  EXPECT_EQ(d.error->status, 404);
  EXPECT_LT(d.error->message.size(), 1000u);
}

TEST(Decide, Case55ALoraIsAnIdOfItsOwnOnTheSameBackend) {
  auto row = make_row("a", {"base", "base-lora"});
  const auto table = make_table({row});
  const auto base = decide(table, ask("base")), lora = decide(table, ask("base-lora"));
  ASSERT_TRUE(base.choice && lora.choice);
  EXPECT_NE(base.choice->model, lora.choice->model);
  EXPECT_EQ(base.choice->backend->cell, lora.choice->backend->cell);  // one capacity
}

TEST(Decide, Case51ARenamedModelIsAskedForByItsPublicName) {
  auto row = make_row("a", {"/models/file.gguf"});
  row->models[0].name = "alias";
  const auto d = decide(make_table({row}), ask("alias"));
  ASSERT_TRUE(d.choice);
  EXPECT_EQ(d.model, "alias");
  EXPECT_EQ(d.choice->model->upstream, "/models/file.gguf");
}

TEST(Decide, APinNamesTheBackend) {
  const auto table = make_table({make_row("a", {"m"}), make_row("b", {"m"})});
  for (std::uint64_t seed = 0; seed < 20; ++seed) EXPECT_EQ(chosen(decide(table, ask("b::m"), false, seed)), "b");
  EXPECT_EQ(chosen(decide(table, ask("n1/a::m"))), "a");
  EXPECT_EQ(decide(table, ask("b::m")).model, "m");

  const auto nowhere = decide(table, ask("c::m"), true);
  EXPECT_EQ(nowhere.error->status, 404);
  EXPECT_THAT(nowhere.error->message, HasSubstr("a::m"));
  EXPECT_TRUE(nowhere.model_unknown);
  EXPECT_EQ(verdict_of(nowhere, "a")->refused_by, refusal::pin);
  EXPECT_EQ(decide(table, ask("n2/a::m")).error->status, 404);
  EXPECT_EQ(decide(table, ask("a::x")).error->status, 404);
}

TEST(Decide, APinFollowsOllamasNameRule) {
  const auto table = make_table({make_row("laptop", {"llama3:latest"}, backend_kind::ollama)});
  EXPECT_EQ(chosen(decide(table, ask("laptop::Llama3"))), "laptop");
}

TEST(Decide, AShortPinThatFitsSeveralIsRefusedWithTheFullNames) {
  const auto table = make_table({make_row("gpu", {"m"}, backend_kind::vllm, "n1"), make_row("gpu", {"m"}, backend_kind::vllm, "n2")});
  const auto d = decide(table, ask("gpu::m"));
  EXPECT_EQ(d.error->status, 400);
  EXPECT_EQ(d.error->param, "model");
  EXPECT_THAT(d.error->message, HasSubstr("n1/gpu::m, n2/gpu::m"));
  const auto exact = decide(table, ask("n2/gpu::m"));
  ASSERT_TRUE(exact.choice);
  EXPECT_EQ(exact.choice->backend->node, "n2");
}

TEST(Decide, ANameThatHoldsColonsIsTakenAsItIsFirst) {
  const auto table = make_table({make_row("a", {"b::m"}), make_row("b", {"m"})});
  EXPECT_EQ(chosen(decide(table, ask("b::m"))), "a");
}

TEST(Decide, Case56AWarmingBackendIsUsedOnlyWhenNoOtherIsLeft) {
  auto ready = make_row("ready", {"m"}), unknown = make_row("unknown", {"m"}), warming = make_row("warming", {"m"});
  unknown->cell->health = backend_health::unknown;
  warming->cell->health = backend_health::warming;
  const auto table = make_table({warming, unknown, ready});
  EXPECT_EQ(spread(table, ask("m"), 200), (std::map<std::string, int>{{"ready", 200}}));
  EXPECT_EQ(verdict_of(decide(table, ask("m"), true), "warming")->refused_by, refusal::health);
  ready->cell->concurrency = 1;
  ready->cell->in_flight = 1;
  EXPECT_EQ(chosen(decide(table, ask("m"))), "unknown");
  unknown->cell->draining = true;
  EXPECT_EQ(chosen(decide(table, ask("m"))), "warming");
}

TEST(Decide, AHigherTierIsUsedOnlyWhenNoLowerOneHasRoom) {
  auto first = make_row("first", {"m"}), second = make_row("second", {"m"});
  second->priority = 1;
  first->cell->concurrency = 4;
  first->cell->in_flight = 3;
  const auto table = make_table({second, first});
  const auto d = decide(table, ask("m"), true);
  EXPECT_EQ(chosen(d), "first");
  EXPECT_EQ(verdict_of(d, "second")->refused_by, refusal::priority);
  first->cell->in_flight = 4;
  EXPECT_EQ(chosen(decide(table, ask("m"))), "second");
}

TEST(Decide, TakenSlotsSendRequestsElsewhereButRefuseNobody) {
  auto local = make_row("local", {"m"}), cloud = make_row("cloud", {"m"});
  cloud->priority = 1;
  local->cell->slots = 2;
  local->cell->in_flight = 3;
  const auto both = make_table({local, cloud});
  EXPECT_EQ(chosen(decide(both, ask("m"))), "local");  // one may wait behind each pair of slots
  local->cell->in_flight = 4;
  EXPECT_EQ(chosen(decide(both, ask("m"))), "cloud");
  EXPECT_EQ(verdict_of(decide(both, ask("m"), true), "local")->refused_by, refusal::concurrency);
  EXPECT_EQ(chosen(decide(make_table({local}), ask("m"))), "local");  // it queues by itself
}

TEST(Decide, OfTwoTheLessLoadedIsChosen) {
  auto a = make_row("a", {"m"}), b = make_row("b", {"m"});
  const auto table = make_table({a, b});
  a->cell->concurrency = 8;
  a->cell->in_flight = 4;
  b->cell->concurrency = 2;
  b->cell->in_flight = 1;
  const auto even = spread(table, ask("m"));  // half full, both
  EXPECT_GT(even.at("a"), 850);
  EXPECT_GT(even.at("b"), 850);
  a->cell->in_flight = 5;
  EXPECT_EQ(spread(table, ask("m"), 200).at("b"), 200);
  b->cell->reported_waiting = 3;
  EXPECT_EQ(spread(table, ask("m"), 200).at("a"), 200);
}

TEST(Decide, TwoRandomOnesAreSampledEvenly) {
  std::vector<std::shared_ptr<backend_row>> rows;
  for (int i = 0; i < 10; ++i) rows.push_back(make_row("b" + std::to_string(i), {"m"}));
  const auto counts = spread(make_table(rows), ask("m"), 10'000);
  ASSERT_EQ(counts.size(), 10u);
  for (const auto& [name, n] : counts) EXPECT_NEAR(n, 1000, 150) << name;
  rows[3]->cell->in_flight = 50;  // never the better one of two
  EXPECT_EQ(spread(make_table(rows), ask("m")).count("b3"), 0u);
}

TEST(Decide, ExplainListsEveryBackend) {
  const auto table = make_table({make_row("a", {"m"}), make_row("b", {"other"}), make_row("c", {})});
  const auto d = decide(table, ask("m"), true);
  ASSERT_EQ(d.verdicts.size(), 3u);
  EXPECT_EQ(verdict_of(d, "a")->refused_by, refusal::none);
  EXPECT_EQ(verdict_of(d, "b")->refused_by, refusal::model);
  EXPECT_EQ(verdict_of(d, "c")->refused_by, refusal::model);
  EXPECT_TRUE(decide(table, ask("m"), false).verdicts.empty());
}

/// A random table and query; every constraint is met by some rows and broken by others.
struct random_case {
  random_source rng;
  std::vector<std::shared_ptr<backend_row>> rows{};
  std::vector<tried_way> tried{};

  bool chance(int percent) { return rng.below(100) < static_cast<std::uint64_t>(percent); }
  std::shared_ptr<backend_row> row(int i) {
    auto r = make_row("b" + std::to_string(i), {"m", "n"});
    if (chance(20)) r->models.erase(r->models.begin());
    for (auto& m : r->models) {
      if (chance(50)) m.context_length = static_cast<std::int64_t>(rng.below(2000));
      for (int c = 0; c < capability_count; ++c)
        if (chance(30)) m.capabilities.set(static_cast<capability>(c), chance(70));
      m.runs_elsewhere = chance(10);
    }
    r->data_class = static_cast<class_level>(rng.below(3));
    r->remote_media = chance(50);
    r->priority = static_cast<int>(rng.below(3));
    auto& c = *r->cell;
    c.health = static_cast<backend_health>(rng.below(5));
    c.breaker = chance(70) ? breaker_state::closed : static_cast<breaker_state>(rng.below(3));
    c.breaker_until = to_ticks(test_now + seconds(5) - seconds(rng.below(10)));
    c.trial_taken = chance(30);
    if (chance(20)) c.blocked_until = to_ticks(test_now + seconds(5) - seconds(rng.below(10)));
    c.concurrency = static_cast<int>(rng.below(5));
    c.in_flight = static_cast<int>(rng.below(5));
    c.draining = chance(10);
    return r;
  }
  route_query query() {
    auto q = ask(chance(80) ? "m" : "b1::m");
    q.kind = static_cast<endpoint>(rng.below(3));
    q.facts.prompt_tokens = static_cast<std::int64_t>(rng.below(1500));
    q.facts.tools = chance(30);
    q.facts.images = chance(20);
    q.facts.remote_media = chance(20);
    q.data_class = static_cast<class_level>(rng.below(3));
    q.tried = &tried;
    return q;
  }
};

/// The constraints once more, written without the code under test.
bool allowed(const candidate& c, const route_query& q) {
  const auto& r = *c.backend;
  const auto& m = *c.model;
  const auto& cell = *r.cell;
  const capability endpoints[] = {capability::chat, capability::completions, capability::embeddings};
  const auto sees = m.runs_elsewhere ? 0 : r.data_class;
  const auto state = cell.breaker.load();
  const bool trial = state == breaker_state::half_open || (state == breaker_state::open && cell.breaker_until <= to_ticks(q.now));
  return m.name == "m" && (q.model == "m" || r.name == "b1") && !m.capabilities.lacks(endpoints[static_cast<int>(q.kind)]) &&
         !(q.facts.tools && m.capabilities.lacks(capability::tools)) && !(q.facts.images && m.capabilities.lacks(capability::vision)) &&
         q.facts.prompt_tokens <= m.context_length.value_or(1 << 30) && sees >= q.data_class && (!q.facts.remote_media || r.remote_media) &&
         !cell.draining && cell.health != backend_health::down && cell.health != backend_health::misconfigured &&
         (state == breaker_state::closed || (trial && !cell.trial_taken)) && cell.blocked_until <= to_ticks(q.now) &&
         (cell.concurrency == 0 || cell.in_flight < cell.concurrency) && !(q.tried->size() == 1 && q.tried->front().backend == r.name);
}

TEST(Decide, NeverBreaksAConstraintAndNeverGivesUpWhileOneMayServe) {
  int served = 0, refused = 0;
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    random_case t{random_source(seed)};
    for (int i = 0, n = 1 + static_cast<int>(t.rng.below(12)); i < n; ++i) t.rows.push_back(t.row(i));
    if (t.chance(30)) t.tried = {{"n1", "b0", {}, {}, true}};
    const auto table = make_table(t.rows);
    const auto q = t.query();
    const bool explain = t.chance(50);
    const auto d = decide(table, q, explain, seed);
    bool any = false;
    for (const auto& c : table.offers_of("m")) any |= allowed(c, q);
    ASSERT_EQ(d.choice.has_value(), any) << seed;
    ASSERT_NE(d.choice.has_value(), d.error.has_value()) << seed;
    if (d.choice) ASSERT_TRUE(allowed(*d.choice, q)) << seed;
    ++(d.choice ? served : refused);
    if (!explain) continue;
    std::set<const backend_row*> listed;
    for (const auto& v : d.verdicts) {
      listed.insert(v.who.backend);
      const bool open = v.who.model != nullptr && allowed(v.who, q);
      if (v.refused_by == refusal::none) ASSERT_TRUE(open) << seed;
      if (!open) ASSERT_NE(v.refused_by, refusal::none) << seed;
    }
    ASSERT_EQ(listed.size(), t.rows.size()) << seed;
  }
  EXPECT_GT(served, 500);
  EXPECT_GT(refused, 500);
}

TEST(Decide, TheSameSeedDecidesTheSame) {
  std::vector<std::shared_ptr<backend_row>> rows;
  for (int i = 0; i < 30; ++i) rows.push_back(make_row("b" + std::to_string(i), {"m"}));
  const auto table = make_table(rows);
  random_source a(9), b(9);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(chosen(decide(table, ask("m"), a)), chosen(decide(table, ask("m"), b, true)));
}

}  // namespace
}  // namespace edgemesh::routing
