#include <gtest/gtest.h>

#include "routing/decide.hpp"
#include "tests/unit/routing/table_builder.hpp"

namespace edgemesh::routing {
namespace {

virtual_model make_virtual(std::string name, std::vector<std::string> uses) {
  virtual_model v;
  v.name = std::move(name);
  for (auto& use : uses) v.routes.push_back({{}, std::move(use)});
  return v;
}

/// The example of the configuration: simple prompts to the laptop, hard ones to the cluster.
struct laptop_and_cluster {
  std::shared_ptr<backend_row> laptop = make_row("laptop", {"llama3.2:3b"}, backend_kind::ollama);
  std::shared_ptr<backend_row> cluster = make_row("cluster", {"qwen2.5-72b"}, backend_kind::vllm);
  virtual_model assistant = make_virtual("assistant", {"llama3.2:3b", "qwen2.5-72b"});

  laptop_and_cluster() {
    auto& when = assistant.routes[0].when;
    when.prompt_tokens_max = 800;
    when.tools = false;
    when.images = false;
  }
  decision about(const route_query& q) const { return routing::decide(make_table({laptop, cluster}, {assistant}), q); }
};

TEST(VirtualModel, SimplePromptsGoToTheLaptopHardOnesToTheCluster) {
  const laptop_and_cluster t;
  auto simple = ask("assistant");
  simple.facts.prompt_tokens = 800;
  const auto d = t.about(simple);
  EXPECT_EQ(chosen(d), "laptop");
  EXPECT_EQ(d.model, "llama3.2:3b");
  EXPECT_EQ(d.virtual_route, "assistant[0]");

  auto lengthy = simple, with_tools = simple, with_images = simple;
  lengthy.facts.prompt_tokens = 801;
  with_tools.facts.tools = true;
  with_images.facts.images = true;
  for (const auto& hard : {lengthy, with_tools, with_images}) {
    EXPECT_EQ(chosen(t.about(hard)), "cluster");
    EXPECT_EQ(t.about(hard).virtual_route, "assistant[1]");
  }
}

TEST(VirtualModel, TheNextRouteServesWhenNobodyOfTheFirstCan) {
  laptop_and_cluster t;
  for (auto h : {backend_health::down, backend_health::misconfigured}) {
    t.laptop->cell->health = h;
    EXPECT_EQ(chosen(t.about(ask("assistant"))), "cluster");
  }
  t.laptop->cell->health = backend_health::ready;
  EXPECT_EQ(chosen(t.about(ask("assistant"))), "laptop");
  const std::vector<tried_way> tried{{"n1", "laptop", {}, {}, true}};
  auto again = ask("assistant");
  again.tried = &tried;
  EXPECT_EQ(chosen(t.about(again)), "cluster");
  t.laptop->models.clear();  // its list is not known yet
  EXPECT_EQ(chosen(t.about(ask("assistant"))), "cluster");
}

TEST(VirtualModel, ALoadingBackendWaitsForALaterRouteThatIsReady) {
  laptop_and_cluster t;
  t.laptop->cell->health = backend_health::warming;
  EXPECT_EQ(chosen(t.about(ask("assistant"))), "cluster");
  t.cluster->cell->health = backend_health::warming;
  EXPECT_EQ(chosen(t.about(ask("assistant"))), "laptop");
  t.cluster->cell->health = backend_health::down;
  EXPECT_EQ(chosen(t.about(ask("assistant"))), "laptop");
}

TEST(VirtualModel, RaisesTheClassAndNeverLowersIt) {
  laptop_and_cluster t;
  t.cluster->data_class = 0;
  t.assistant.data_class = 1;
  auto q = ask("assistant");
  EXPECT_EQ(t.about(q).data_class, 1);
  EXPECT_EQ(chosen(t.about(q)), "laptop");
  q.data_class = 2;
  EXPECT_EQ(t.about(q).data_class, 2);
  t.laptop->cell->health = backend_health::down;  // a fallback may not see what the first choice may
  const auto d = t.about(q);
  EXPECT_FALSE(d.choice);
  EXPECT_EQ(d.error->status, 503);
  EXPECT_EQ(d.data_class, 2);
}

TEST(VirtualModel, ARouteMayBeMeantForLowClassesOnly) {
  laptop_and_cluster t;
  t.assistant = make_virtual("assistant", {"qwen2.5-72b"});
  t.assistant.routes[0].when.data_class = 1;
  auto q = ask("assistant");
  q.data_class = 1;
  EXPECT_EQ(chosen(t.about(q)), "cluster");
  q.data_class = 2;
  EXPECT_EQ(t.about(q).error->code, "data_class_denied");
}

TEST(VirtualModel, HoursWrapMidnight) {
  laptop_and_cluster t;
  t.assistant = make_virtual("assistant", {"llama3.2:3b", "qwen2.5-72b"});
  const auto at = [&](int from, int to, int minute) {
    t.assistant.routes[0].when.minutes_of_day = {from, to};
    auto q = ask("assistant");
    q.minute_of_day = minute;
    return chosen(t.about(q)) == "laptop";
  };
  EXPECT_TRUE(at(540, 1020, 540));
  EXPECT_FALSE(at(540, 1020, 1020));
  EXPECT_FALSE(at(540, 1020, 539));
  EXPECT_TRUE(at(1320, 360, 1320));
  EXPECT_TRUE(at(1320, 360, 0));
  EXPECT_FALSE(at(1320, 360, 360));
  EXPECT_FALSE(at(1320, 360, 1319));
  EXPECT_TRUE(at(0, 0, 700));
}

TEST(VirtualModel, ConditionsOfStreamSchemaAndLengthHold) {
  laptop_and_cluster t;
  t.assistant = make_virtual("assistant", {"llama3.2:3b", "qwen2.5-72b"});
  auto& when = t.assistant.routes[0].when;
  when.stream = true;
  when.json_schema = false;
  when.prompt_tokens_min = 10;
  auto q = ask("assistant");
  q.stream = true;
  q.facts.prompt_tokens = 10;
  EXPECT_EQ(chosen(t.about(q)), "laptop");
  auto other = q;
  other.stream = false;
  EXPECT_EQ(chosen(t.about(other)), "cluster");
  other = q;
  other.facts.json_schema = true;
  EXPECT_EQ(chosen(t.about(other)), "cluster");
  other = q;
  other.facts.prompt_tokens = 9;
  EXPECT_EQ(chosen(t.about(other)), "cluster");
}

TEST(VirtualModel, WithoutARouteForTheRequestSaysSo) {
  laptop_and_cluster t;
  t.assistant.routes.pop_back();
  auto q = ask("assistant");
  q.facts.tools = true;
  const auto d = t.about(q);
  EXPECT_EQ(d.error->status, 400);
  EXPECT_EQ(d.error->code, "no_route");
  EXPECT_FALSE(d.model_unknown);
}

TEST(VirtualModel, IsThereEvenWhileNobodyOffersWhatItStandsFor) {
  laptop_and_cluster t;
  t.laptop->models.clear();
  t.cluster->models.clear();
  const auto d = t.about(ask("assistant"));
  EXPECT_EQ(d.error->status, 503);
  EXPECT_EQ(d.error->code, "no_backend_available");
  EXPECT_TRUE(d.model_unknown);
  EXPECT_EQ(d.model, "assistant");
}

TEST(VirtualModel, MayLeadToAnotherOneAndToAPin) {
  const auto table = make_table({make_row("a", {"m"}), make_row("b", {"m"})},
                                {make_virtual("outer", {"inner"}), make_virtual("inner", {"absent", "b::m"})});
  const auto d = routing::decide(table, ask("outer"));
  EXPECT_EQ(chosen(d), "b");
  EXPECT_EQ(d.model, "m");
  EXPECT_EQ(d.virtual_route, "outer[0] > inner[1]");
}

TEST(VirtualModel, MayStandBeforeARealModelOfItsName) {
  const auto table = make_table({make_row("a", {"m"})}, {make_virtual("m", {"m"})});
  const auto d = routing::decide(table, ask("m"));
  EXPECT_EQ(chosen(d), "a");
  EXPECT_EQ(d.virtual_route, "m[0]");
}

TEST(VirtualModel, CyclesAndTowersEnd) {
  std::vector<virtual_model> ring;
  for (int i = 0; i < 40; ++i) {
    std::vector<std::string> all;
    for (int k = 0; k < 40; ++k) all.push_back("v" + std::to_string(k));
    ring.push_back(make_virtual("v" + std::to_string(i), all));
  }
  const auto d = routing::decide(make_table({make_row("a", {"m"})}, ring), ask("v0"));
  EXPECT_EQ(d.error->status, 503);

  const auto tower = make_table({make_row("a", {"m"})}, {make_virtual("t1", {"t2"}), make_virtual("t2", {"t3"}), make_virtual("t3", {"t4"}),
                                                         make_virtual("t4", {"t5"}), make_virtual("t5", {"m"})});
  EXPECT_EQ(chosen(routing::decide(tower, ask("t2"))), "a");
  EXPECT_FALSE(routing::decide(tower, ask("t1")).choice);  // five deep
}

TEST(VirtualModel, ExplainShowsEveryRouteThatWasTried) {
  laptop_and_cluster t;
  t.laptop->cell->health = backend_health::down;
  const auto table = make_table({t.laptop, t.cluster, make_row("other", {"x"})}, {t.assistant});
  const auto d = routing::decide(table, ask("assistant"), true);
  ASSERT_EQ(d.verdicts.size(), 3u);
  EXPECT_EQ(verdict_of(d, "laptop")->refused_by, refusal::health);
  EXPECT_EQ(verdict_of(d, "cluster")->refused_by, refusal::none);
  EXPECT_EQ(verdict_of(d, "other")->refused_by, refusal::model);
}

}  // namespace
}  // namespace edgemesh::routing
