#include "dialects/prometheus_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace edgemesh::dialects {
namespace {

TEST(PrometheusText, Case66NamesMatchAsAWhole) {
  const auto page =
      "# HELP vllm:num_requests_waiting x\n"
      "# TYPE vllm:num_requests_waiting gauge\n"
      "vllm:num_requests_waiting_by_reason{reason=\"capacity\"} 7\n"
      "vllm:num_requests_waiting{engine=\"0\"} 2.0\n";
  const auto waiting = read_metric(page, "vllm:num_requests_waiting");
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->sum, 2);
  EXPECT_FALSE(read_metric(page, "vllm:num_requests"));
}

TEST(PrometheusText, SumsAndMaximaGoOverLabelSets) {
  const auto series = read_metric("m{a=\"1\"} 2\nm{a=\"2\"} 3.5\nm 1\nn 9\n", "m");
  ASSERT_TRUE(series);
  EXPECT_EQ(series->sum, 6.5);
  EXPECT_EQ(series->max, 3.5);
  EXPECT_EQ(series->count, 3u);
}

TEST(PrometheusText, MaximumOfNegativeValuesIsNegative) { EXPECT_EQ(read_metric("m -2\nm -1\n", "m")->max, -1); }

TEST(PrometheusText, LabelsMayHoldQuotesAndBraces) {
  const auto series = read_metric("m{a=\"x\\\"} 5\",b=\"}\"} 4 1700000000000\r\n", "m");
  ASSERT_TRUE(series);
  EXPECT_EQ(series->sum, 4);
}

TEST(PrometheusText, LinesThatAreNoSamplesAreSkipped) {
  for (const char* line : {"m", "m ", "m{a=\"1\" 3", "m x", "m 3x", "m 3 4 z", "#m 3", "m{a=\"1\"}", "mm 3", "m NaN", "m +Inf", "m 1e999", ""})
    EXPECT_FALSE(read_metric(line, "m")) << line;
}

TEST(PrometheusText, NumbersMayHaveSignsAndExponents) {
  EXPECT_EQ(read_metric("m +1e2", "m")->sum, 100);
  EXPECT_EQ(read_metric("  m\t0.25  ", "m")->sum, 0.25);
}

TEST(PrometheusText, AnEndlessLineIsSkippedAndThePageGoesOn) {
  const auto page = "m{a=\"" + std::string(1u << 20, 'x') + "\"} 1\nm 2\n";
  EXPECT_EQ(read_metric(page, "m")->sum, 2);
}

TEST(PrometheusText, ReadsABoundedNumberOfLines) {
  std::string page(100'000, '\n');
  EXPECT_FALSE(read_metric(page + "m 1\n", "m"));
}

}  // namespace
}  // namespace edgemesh::dialects
