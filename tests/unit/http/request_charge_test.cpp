#include "http/request_charge.hpp"

#include <gtest/gtest.h>

#include "tests/unit/routing/table_builder.hpp"

namespace edgemesh::http {
namespace {

using routing::make_row;
using routing::make_table;

openai::client_request request(std::string body) { return *openai::read_request(endpoint::chat, std::move(body)); }

token_usage used(std::int64_t prompt, std::int64_t completion) { return {prompt, completion, 0, 0, usage_source::upstream}; }

std::shared_ptr<const admission::key_entry> a_key() {
  auto key = std::make_shared<admission::key_entry>();
  key->id = "k";
  key->policy.group = "g";
  return key;
}

TEST(RequestCharge, TheWorstIsWhatTheAnswerMayHave) {
  auto row = make_row("a", {"m"});
  const auto table = make_table({row});
  const auto ask = [&](const char* body) { return question_for(request(body), "m", table.candidates_for("m"), {}, {}); };
  const auto limited = ask(R"({"messages":[{"role":"user","content":"Hello"}],"max_tokens":100})");
  const auto thrice = ask(R"({"messages":[{"role":"user","content":"Hello"}],"max_tokens":100,"n":3})");
  EXPECT_EQ(thrice.worst_tokens - limited.worst_tokens, 200);
  const auto unlimited = ask(R"({"messages":[{"role":"user","content":"Hello"}]})");
  EXPECT_EQ(unlimited.worst_tokens - limited.worst_tokens, completion_estimate - 100);
  EXPECT_EQ(limited.worst_cost, 0) << "without a price";
}

TEST(RequestCharge, AShortContextLeavesNoRoomForALongAnswer) {
  auto row = make_row("a", {"m"});
  row->models[0].context_length = 200;
  const auto q = question_for(request(R"({"messages":[{"role":"user","content":"Hello"}]})"), "m", make_table({row}).candidates_for("m"), {}, {});
  EXPECT_EQ(q.worst_tokens, 200);
}

TEST(RequestCharge, TheDearestCandidateIsTheWorst) {
  auto cheap = make_row("a", {"m"}), dear = make_row("b", {"m"});
  cheap->prices["m"] = {0, 0, 0, 5};
  dear->prices["m"] = {0, 0, 0, 7};
  const auto table = make_table({cheap, dear});
  EXPECT_EQ(question_for(request(R"({"messages":[{"role":"user","content":"x"}]})"), "m", table.candidates_for("m"), {}, {}).worst_cost, 7);
}

TEST(RequestCharge, NothingOverflows) {
  auto row = make_row("a", {"m"});
  row->prices["m"] = {price_max, price_max, price_max, price_max};
  const auto table = make_table({row});
  const auto q = question_for(request(R"({"messages":[{"role":"user","content":"x"}],"max_tokens":9000000000000000000,"n":128})"), "m", table.candidates_for("m"), {}, {});
  EXPECT_EQ(q.worst_tokens, INT64_MAX);
  EXPECT_EQ(q.worst_cost, INT64_MAX);
}

TEST(RequestCharge, OnlyWhatTheClientGotIsCharged) {
  request_charge charge(a_key(), {}, "assistant");
  const model_prices price{1'000'000, 0, 2'000'000, 0};
  charge.attempt_ended({"bad", "n1", ""}, attempt_cause::server_error, used(100, 3), &price, false);
  charge.attempt_ended({"n2/good", "n2", "fra"}, attempt_cause::ok, used(10, 20), &price, true);
  const auto record = charge.settle("ch-1", "internal", 200, {}, wall_time(milliseconds(1234)));
  EXPECT_TRUE(charge.is_settled());
  EXPECT_EQ(record.key, "k");
  EXPECT_EQ(record.group, "g");
  EXPECT_EQ(record.model, "assistant");
  EXPECT_EQ(record.node, "n2");
  EXPECT_EQ(record.site, "fra");
  EXPECT_EQ(record.settled_ms, 1234);
  ASSERT_EQ(record.attempts.size(), 2u);
  EXPECT_EQ(record.attempts[0].cost, 0);
  EXPECT_FALSE(record.attempts[0].is_charged);
  EXPECT_EQ(record.attempts[1].cost, 10 + 40);
  EXPECT_TRUE(record.attempts[1].is_charged);
}

}  // namespace
}  // namespace edgemesh::http
