#include "cli/account_flags.hpp"

#include <gtest/gtest.h>

namespace edgemesh::cli {
namespace {

std::string body(const account_flags& f) {
  const auto got = account_body(f);
  return got ? *got : "fault: " + got.error().message;
}

TEST(AccountFlags, OnlyWhatWasGivenIsSaid) {
  EXPECT_EQ(body({}), "{}");
  account_flags f;
  f.name = "app";
  f.models = {"m", "n"};
  f.concurrency = "3";
  f.disabled = "yes";
  EXPECT_EQ(body(f), R"({"name":"app","models":["m","n"],"limits":{"concurrency":3},"disabled":true})");
}

TEST(AccountFlags, NoneGoesBackToTheDefault) {
  account_flags f;
  f.models = {"none"};
  f.group = "none";
  f.tokens_per_minute = "none";
  f.budget = "none";
  EXPECT_EQ(body(f), R"({"group":null,"models":null,"limits":{"tokens_per_minute":null},"budget":null})");
}

TEST(AccountFlags, BudgetsAreAmountsPerPeriod) {
  account_flags f;
  f.budget = "20/month";
  EXPECT_EQ(body(f), R"({"budget":{"amount":20,"unit":"money","period":"month"}})");
  f.budget = "0.50 / day";
  EXPECT_EQ(body(f), R"({"budget":{"amount":0.50,"unit":"money","period":"day"}})");
  f.budget = "100000 tokens/total";
  EXPECT_EQ(body(f), R"({"budget":{"amount":100000,"unit":"tokens","period":"total"}})");
}

TEST(AccountFlags, WhatIsNotUnderstoodIsNamed) {
  for (const char* budget : {"20", "/month", "twenty/month", "1.5 tokens/day", "-1/day", "1e3/day", ""}) {
    account_flags f;
    f.budget = budget;
    EXPECT_EQ(body(f).substr(0, 16), "fault: --budget:") << budget;
  }
  account_flags f;
  f.concurrency = "-1";
  EXPECT_EQ(body(f).substr(0, 21), "fault: --concurrency:");
  f = {};
  f.disabled = "perhaps";
  EXPECT_EQ(body(f).substr(0, 18), "fault: --disabled:");
}

}  // namespace
}  // namespace edgemesh::cli
