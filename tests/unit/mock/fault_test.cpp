#include "mock/fault.hpp"

#include <gtest/gtest.h>

#include "mock/fault_table.hpp"

namespace edgemesh::mock {
namespace {

constexpr instant start{seconds(100)};

TEST(Fault, ReadsNameProbabilityAndCount) {
  const auto plain = parse_fault("drop-mid-stream");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->name, fault_name::drop_mid_stream);
  EXPECT_EQ(plain->probability, 1);
  EXPECT_FALSE(plain->count);
  const auto full = parse_fault("hang:0.25:3");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->probability, 0.25);
  EXPECT_EQ(full->count, 3u);
}

TEST(Fault, EveryNameReadsBackAsItself) {
  for (int i = 0; i <= static_cast<int>(fault_name::error_mid_stream); ++i) {
    const auto name = static_cast<fault_name>(i);
    EXPECT_EQ(fault_name_from(name_of(name)), name);
  }
}

TEST(Fault, RefusesWhatItCannotRead) {
  for (const auto* text :
       {"", "nothing", "hang:2", "hang:-1", "hang:nan", "hang:x", "hang:1:x", "hang:1:-1", "hang:1:1:1"})
    EXPECT_FALSE(parse_fault(text)) << text;
  EXPECT_NE(parse_fault("nothing").error().message.find("drop-mid-stream"), std::string::npos);
}

fault_setting setting(fault_name name, double probability = 1) {
  fault_setting s;
  s.name = name;
  s.probability = probability;
  return s;
}

TEST(FaultTable, StrikesWorkUnlessAPathIsNamed) {
  fault_table table;
  random_source rng(1);
  auto named = setting(fault_name::error_500);
  named.path = "/api/tags";
  table.replace({setting(fault_name::hang)}, start);
  EXPECT_FALSE(table.strike("/v1/models", path_role::page, rng, start));
  EXPECT_TRUE(table.strike("/v1/chat/completions", path_role::work, rng, start));
  table.replace({named}, start);
  EXPECT_TRUE(table.strike("/api/tags", path_role::page, rng, start));
  EXPECT_FALSE(table.strike("/api/chat", path_role::work, rng, start));
}

TEST(FaultTable, LoadingCoversHealthPages) {
  fault_table table;
  random_source rng(1);
  table.replace({setting(fault_name::loading)}, start);
  EXPECT_TRUE(table.strike("/health", path_role::health, rng, start));
  EXPECT_FALSE(table.strike("/v1/models", path_role::page, rng, start));
}

TEST(FaultTable, ACountRunsOut) {
  fault_table table;
  random_source rng(1);
  auto twice = setting(fault_name::error_429);
  twice.count = 2;
  table.replace({twice}, start);
  EXPECT_TRUE(table.strike("/x", path_role::work, rng, start));
  EXPECT_EQ(table.settings(start).front().count, 1u);
  EXPECT_TRUE(table.strike("/x", path_role::work, rng, start));
  EXPECT_FALSE(table.strike("/x", path_role::work, rng, start));
  EXPECT_TRUE(table.settings(start).empty());
}

TEST(FaultTable, ProbabilityIsMetOverManyRequests) {
  fault_table table;
  random_source rng(7);
  table.replace({setting(fault_name::hang, 0.3)}, start);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += table.strike("/x", path_role::work, rng, start).has_value();
  EXPECT_NEAR(hits, 3000, 150);
}

TEST(FaultTable, RefusalShutsTheListenerForItsTime) {
  fault_table table;
  random_source rng(1);
  auto refusal = setting(fault_name::refuse);
  refusal.lasting = milliseconds(500);
  table.replace({refusal}, start);
  EXPECT_TRUE(table.is_shut(start));
  EXPECT_EQ(table.shut_until(start), start + milliseconds(500));
  EXPECT_TRUE(table.strike("/any", path_role::page, rng, start));
  EXPECT_FALSE(table.is_shut(start + milliseconds(500)));
}

TEST(FaultTable, ARareRefusalStrikesConnectionsNotRequests) {
  fault_table table;
  random_source rng(1);
  auto once = setting(fault_name::refuse);
  once.count = 1;
  table.replace({once}, start);
  EXPECT_FALSE(table.is_shut(start));
  EXPECT_FALSE(table.strike("/x", path_role::work, rng, start));
  EXPECT_TRUE(table.strikes_connection(rng, start));
  EXPECT_FALSE(table.strikes_connection(rng, start));
}

}  // namespace
}  // namespace edgemesh::mock
