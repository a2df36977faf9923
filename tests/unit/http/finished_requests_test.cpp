#include "http/finished_requests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "base/random_source.hpp"

namespace edgemesh::http {
namespace {

request_record make_record(std::string id, int status = 200) {
  request_record r;
  r.id = std::move(id);
  r.status = status;
  return r;
}

TEST(FinishedRequests, AreFoundByIdAndListedNewestFirst) {
  finished_requests f(3);
  EXPECT_EQ(f.find("a"), nullptr);
  EXPECT_TRUE(f.newest(5).empty());
  for (auto id : {"a", "b", "c", "d"}) f.insert(make_record(id));
  EXPECT_EQ(f.size(), 3u);
  EXPECT_EQ(f.find("a"), nullptr);
  ASSERT_NE(f.find("b"), nullptr);
  const auto two = f.newest(2);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0]->id, "d");
  EXPECT_EQ(two[1]->id, "c");
  EXPECT_EQ(f.newest(100).size(), 3u);
}

TEST(FinishedRequests, OfTwoWithOneIdTheLaterIsFound) {
  finished_requests f(3);
  f.insert(make_record("same", 500));
  f.insert(make_record("same", 200));
  EXPECT_EQ(f.find("same")->status, 200);
  f.insert(make_record("x"));
  f.insert(make_record("y"));  // the older one of the two is dropped
  ASSERT_NE(f.find("same"), nullptr);
  EXPECT_EQ(f.find("same")->status, 200);
  f.insert(make_record("z"));
  EXPECT_EQ(f.find("same"), nullptr);
}

TEST(FinishedRequests, KeepNothingWithoutCapacity) {
  finished_requests f(0);
  f.insert(make_record("a"));
  EXPECT_EQ(f.size(), 0u);
  EXPECT_EQ(f.find("a"), nullptr);
}

TEST(FinishedRequests, AgreeWithAPlainListUnderRandomIds) {
  constexpr std::size_t capacity = 50;
  finished_requests f(capacity);
  std::deque<std::pair<std::string, int>> model;
  random_source rng(11);
  for (int i = 0; i < 5000; ++i) {
    // Short ids live inside the string, long ones outside: both must survive being overwritten.
    const auto id = std::to_string(rng.below(60)) + (rng.below(2) ? std::string(40, 'x') : "");
    f.insert(make_record(id, i));
    model.push_front({id, i});
    if (model.size() > capacity) model.pop_back();
    const auto wanted = std::to_string(rng.below(60)) + (rng.below(2) ? std::string(40, 'x') : "");
    const auto at = std::find_if(model.begin(), model.end(), [&](const auto& m) { return m.first == wanted; });
    const auto* found = f.find(wanted);
    ASSERT_EQ(found != nullptr, at != model.end());
    if (found) ASSERT_EQ(found->status, at->second);
  }
  const auto all = f.newest(capacity);
  for (std::size_t i = 0; i < capacity; ++i) EXPECT_EQ(all[i]->status, model[i].second);
}

}  // namespace
}  // namespace edgemesh::http
