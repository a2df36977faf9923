#include "http/key_access.hpp"

#include <gtest/gtest.h>

#include "http/model_list.hpp"
#include "routing/decide.hpp"
#include "tests/unit/routing/table_builder.hpp"

namespace edgemesh::http {
namespace {

using routing::make_row;
using routing::make_table;
using names = std::set<std::string>;

std::shared_ptr<const admission::key_entry> key_with(std::vector<policy_terms> of_holders) {
  auto key = std::make_shared<admission::key_entry>();
  for (auto& terms : of_holders) {
    auto h = std::make_shared<admission::policy_holder>();
    h->terms = std::move(terms);
    key->holders.push_back(std::move(h));
  }
  return key;
}
policy_terms models(names list) {
  policy_terms t;
  t.models = std::move(list);
  return t;
}
policy_terms backends(names list) {
  policy_terms t;
  t.backends = std::move(list);
  return t;
}

TEST(KeyAccess, ABackendIsListedByItsNameOrWithItsNode) {
  EXPECT_TRUE(key_access(key_with({backends({"gpu"})})).may_use("n1", "gpu", ""));
  EXPECT_TRUE(key_access(key_with({backends({"n1/gpu"})})).may_use("n1", "gpu", ""));
  EXPECT_FALSE(key_access(key_with({backends({"n2/gpu"})})).may_use("n1", "gpu", ""));
  EXPECT_FALSE(key_access(key_with({backends({"gpu"}), backends({"cpu"})})).may_use("n1", "gpu", "")) << "key and group both hold";
  policy_terms near;
  near.sites = names{"fra"};
  EXPECT_TRUE(key_access(key_with({near})).may_use("n1", "gpu", "fra"));
  EXPECT_FALSE(key_access(key_with({near})).may_use("n1", "gpu", ""));
}

TEST(KeyAccess, ANameIsAllowedAsItIsListed) {
  const auto table = make_table({make_row("a", {"m", "n"}), make_row("o", {"llama3:latest"}, backend_kind::ollama)},
                                {{"assistant", {{{}, "m"}}, {}}});
  const auto of = [&](policy_terms t, std::string_view asked) { return allowed_name(table, *key_with({std::move(t)}), asked); };
  EXPECT_EQ(of(models({"m"}), "m"), "m");
  EXPECT_EQ(of(models({"m"}), "n"), "");
  EXPECT_EQ(of(models({"m"}), "a::m"), "m") << "a pin asks for the model";
  EXPECT_EQ(of(models({"m"}), "assistant"), "") << "the target alone does not open the virtual model";
  EXPECT_EQ(of(models({"assistant"}), "assistant"), "assistant");
  EXPECT_EQ(of(models({"assistant"}), "m"), "") << "nor the virtual model its target";
  EXPECT_EQ(of(models({"llama3:latest"}), "llama3"), "llama3:latest");
  EXPECT_EQ(of({}, "whatever"), "whatever");
}

TEST(KeyAccess, ListsAndHintsShowWhatMayBeUsed) {
  const auto table = make_table({make_row("a", {"model-a", "model-b"}), make_row("b", {"model-a"})});
  const key_access some(key_with({models({"model-a"})}));
  const auto list = model_list_body(table, &some);
  EXPECT_NE(list.find("model-a"), list.npos);
  EXPECT_EQ(list.find("model-b"), list.npos);
  EXPECT_EQ(model_body(table, "model-b", &some).error().status, 404);
  EXPECT_EQ(model_body(table, "model-c", &some).error().message.find("model-b"), std::string::npos);
  const key_access one(key_with({backends({"b"})}));
  EXPECT_EQ(model_list_body(table, &one).find(R"("a")"), std::string::npos) << "nor where it may not go";
}

TEST(KeyAccess, RoutingGoesWhereTheKeyMay) {
  const auto table = make_table({make_row("a", {"m"}), make_row("b", {"m"})});
  random_source rng(1);
  routing::route_query q;
  q.model = "m";
  const key_access only_b(key_with({backends({"b"})})), nowhere(key_with({backends({"c"})}));
  q.asker = &only_b;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(routing::decide(table, q, rng).choice->backend->name, "b");
  q.asker = &nowhere;
  const auto refused = routing::decide(table, q, rng);
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->status, 403);
  EXPECT_EQ(refused.error->code, "backend_not_allowed");
  EXPECT_EQ(refused.because, routing::refusal::access);
}

}  // namespace
}  // namespace edgemesh::http
