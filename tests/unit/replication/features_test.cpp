#include "replication/features.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edgemesh::replication {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

remote_node node(std::string name, std::vector<std::string> features) {
  remote_node n;
  n.who.name = std::move(name);
  n.body.features = std::move(features);
  n.stamp_ms = 1;
  return n;
}

const feature_state& state_of(const std::vector<feature_state>& all, std::string_view name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.name == name; });
  if (at == all.end()) throw std::out_of_range("no such feature");
  return *at;
}

TEST(Features, OfANodeAloneAreOn) {
  for (const auto& f : features_of({}, "a")) EXPECT_TRUE(f.is_on()) << f.name;
}

TEST(Features, AreOnWhenAllListThem) {
  mesh_view view;
  view.nodes = {node("b", {"shares"}), node("c", {"other", "shares"})};
  EXPECT_TRUE(state_of(features_of(view, "a"), "shares").is_on());
}

TEST(Features, NameWhoHoldsThemBack) {
  mesh_view view;
  view.nodes = {node("b", {}), node("c", {"shares"})};
  EXPECT_THAT(state_of(features_of(view, "a"), "shares").held_back_by, ElementsAre("b"));
}

TEST(Features, OfOthersAreHeldBackByThisNodeToo) {
  mesh_view view;
  view.nodes = {node("b", {"shares", "tomorrow"})};
  const auto all = features_of(view, "a");
  EXPECT_THAT(state_of(all, "tomorrow").held_back_by, ElementsAre("a"));
  EXPECT_THAT(state_of(all, "shares").held_back_by, IsEmpty());
}

TEST(Features, OfAMemberThatHasNotDescribedItselfAreNone) {
  mesh_view view;
  view.nodes = {remote_node{}};
  view.nodes[0].who.name = "b";
  EXPECT_THAT(state_of(features_of(view, "a"), "shares").held_back_by, ElementsAre("b"));
}

}  // namespace
}  // namespace edgemesh::replication
