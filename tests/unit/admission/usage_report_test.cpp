#include "admission/usage_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edgemesh::admission {
namespace {

using namespace std::chrono;
using ::testing::HasSubstr;
const wall_time now = sys_days(2026y / November / 29) + hours(16) + minutes(40) + seconds(12);
std::int64_t at(sys_days day, hours h = hours(0)) { return duration_cast<seconds>((sys_time<hours>(day) + h).time_since_epoch()).count(); }

usage_question question(std::string_view query) {
  auto q = read_usage_question(query, now);
  EXPECT_TRUE(q) << q.error().message;
  return q ? *q : usage_question{};
}

usage_row row(std::string key, std::string model, std::int64_t cost) {
  return {{std::move(key), "team", std::move(model), "gpu", "", "fra"}, {.requests = 1, .prompt_tokens = 2, .cost = cost}};
}

const key_facts* facts_of(const std::string& key) {
  static const key_facts alice{"a", "alice", {"ci", "night"}}, bob{"b", "bob", {}};
  return key == "k1" ? &alice : key == "k2" ? &bob : nullptr;
}

TEST(UsageQuestion, WithoutTimesItIsThisMonth) {
  const auto q = question("");
  EXPECT_EQ(q.from, at(2026y / November / 1));
  EXPECT_EQ(q.to, at(2026y / December / 1));
  EXPECT_EQ(q.rows_to_read(), usage_interval::month) << "sums by the minute are gone after a week";
  EXPECT_EQ(question("interval=day").rows_to_read(), usage_interval::day);
}

constexpr usage_kept_days kept{7, 90, 1100, 0};

TEST(UsageQuestion, IsWidenedToTheSumsThatAreStillThere) {
  auto q = question("from=2026-11-03T05:31:00Z&to=2026-11-29T10:10:00Z");
  EXPECT_FALSE(q.fit_to(kept, now));
  EXPECT_EQ(q.from, at(2026y / November / 3) + 5 * 3600);
  EXPECT_EQ(q.to, at(2026y / November / 29) + 11 * 3600);
  EXPECT_EQ(q.rows_to_read(), usage_interval::hour);
  q = question("from=2026-02-03T05:31:00Z&to=2026-11-29T10:10:00Z");
  EXPECT_FALSE(q.fit_to(kept, now));
  EXPECT_EQ(q.from, at(2026y / February / 3));
  EXPECT_EQ(q.rows_to_read(), usage_interval::day);
  q = question("from=2020-02-03T05:31:00Z&to=2026-11-29T10:10:00Z");
  EXPECT_FALSE(q.fit_to(kept, now));
  EXPECT_EQ(q.from, at(2020y / February / 1));
  EXPECT_EQ(q.rows_to_read(), usage_interval::month);
  q = question("from=2026-11-29T05:31:00Z");
  const auto as_asked = q.from;
  EXPECT_FALSE(q.fit_to(kept, now));
  EXPECT_EQ(q.from, as_asked);
}

TEST(UsageQuestion, ForSumsThatAreGoneIsRefusedWithWhatThereIs) {
  auto q = question("from=2026-11-03&interval=minute");
  const auto refusal = q.fit_to(kept, now);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 400);
  EXPECT_NE(refusal->message.find("kept for 7 days"), std::string::npos) << refusal->message;
}

TEST(UsageQuestion, ReadsTheCoarsestRowsThatFit) {
  EXPECT_EQ(question("from=2026-01-01&to=2026-11-01").rows_to_read(), usage_interval::month);
  EXPECT_EQ(question("from=2026-01-01&to=2026-11-01&interval=day").rows_to_read(), usage_interval::day);
  EXPECT_EQ(question("from=2026-01-01&to=2026-11-02&interval=month").rows_to_read(), usage_interval::day);
  EXPECT_EQ(question("from=2026-11-01T05:00:00Z&to=2026-11-02").rows_to_read(), usage_interval::hour);
}

TEST(UsageQuestion, WhatIsNotUnderstoodIsNamed) {
  for (const std::string_view bad : {"group_by=colour", "group_by=key,key", "interval=week", "from=yesterday", "to=2026-13-01", "format=xml", "colour=red",
                                     "from=2026-11-02&to=2026-11-01", "from=2026-11-01T24:00:00Z", "from=-5", "model=%zz", "model=%2"}) {
    const auto q = read_usage_question(bad, now);
    ASSERT_FALSE(q) << bad;
    EXPECT_EQ(q.error().status, 400);
    EXPECT_THAT(q.error().message, HasSubstr(std::string(bad.substr(0, bad.find('='))))) << bad;
  }
  EXPECT_FALSE(read_usage_question(std::string(5000, 'a'), now));
}

TEST(UsageReport, GroupsAndSums) {
  usage_report r(question("group_by=key,model&interval=day&from=2026-11-01&to=2026-11-03"), facts_of);
  EXPECT_TRUE(r.add(at(2026y / November / 1), row("k1", "m", 5)));
  EXPECT_TRUE(r.add(at(2026y / November / 1, hours(7)), row("k1", "m", 6)));
  EXPECT_TRUE(r.add(at(2026y / November / 2), row("k1", "m", 7)));
  EXPECT_TRUE(r.add(at(2026y / November / 3), row("k1", "m", 100)));  // outside
  EXPECT_EQ(r.csv(),
            "begin,key,key_name,model,requests,prompt_tokens,completion_tokens,cached_tokens,cost,estimated,waste_tokens\r\n"
            "2026-11-01T00:00:00.000Z,\"k1\",\"a\",\"m\",2,4,0,0,11,0,0\r\n"
            "2026-11-02T00:00:00.000Z,\"k1\",\"a\",\"m\",1,2,0,0,7,0,0\r\n");
}

TEST(UsageReport, OwnersAndTagsAreOfTheKey) {
  usage_report owners(question("group_by=owner"), facts_of), tags(question("group_by=tag"), facts_of);
  for (auto* r : {&owners, &tags})
    for (const char* key : {"k1", "k2", "k3"}) r->add(at(2026y / November / 5), row(key, "m", 1));
  EXPECT_THAT(owners.json({}), HasSubstr(R"({"owner":"alice","requests":1)"));
  EXPECT_THAT(owners.json({}), HasSubstr(R"({"owner":"","requests":1)"));
  EXPECT_THAT(tags.json({}), HasSubstr(R"({"tag":"ci","requests":1)"));
  EXPECT_THAT(tags.json({}), HasSubstr(R"({"tag":"night","requests":1)"));
  EXPECT_THAT(tags.json({}), HasSubstr(R"({"tag":"","requests":2)"));
}

TEST(UsageReport, TellsWhatKeysAndGroupsAreCalledAndIsAskedByThat) {
  usage_report r(question("group_by=key,group&key=b"), facts_of);
  for (const char* key : {"k1", "k2", "k3"}) r.add(at(2026y / November / 5), row(key, "m", 1));
  EXPECT_THAT(r.json({}), HasSubstr(R"({"data":[{"key":"k2","key_name":"b","group":"team","group_name":"","requests":1)"));
  EXPECT_THAT(r.json({}), ::testing::Not(HasSubstr("k1")));
}

TEST(UsageReport, FiltersByAnyName) {
  usage_report r(question("model=m%2Fx,n&owner=alice"), facts_of);
  for (const char* model : {"m/x", "n", "other"})
    for (const char* key : {"k1", "k2"}) r.add(at(2026y / November / 5), row(key, model, 1));
  EXPECT_THAT(r.json({{"a", 0}}), HasSubstr(R"("requests":2)"));
  EXPECT_THAT(r.json({{"a", 0}}), HasSubstr(R"("watermark":{"a":"1970-01-01T00:00:00.000Z"})"));
}

TEST(UsageReport, ACellIsNoFormula) {
  usage_report r(question("group_by=key"), facts_of);
  r.add(at(2026y / November / 5), row("=1+1\"", "m", 1));
  EXPECT_THAT(r.csv(), HasSubstr("\"'=1+1\"\"\",\"\",1,"));
}

}  // namespace
}  // namespace edgemesh::admission
