#include "http/request_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "http/metrics_text.hpp"

namespace edgemesh::http {
namespace {
using testing::HasSubstr;
using testing::Not;

request_record make_record(std::string model = "m", std::string backend = "b", int status = 200) {
  request_record r;
  r.route = "chat";
  r.model = std::move(model);
  r.backend = std::move(backend);
  r.status = status;
  r.attempts.push_back({r.backend, attempt_cause::ok, 200, microseconds(1000)});
  r.bytes_in = 10;
  r.bytes_out = 20;
  r.marks = {.read = 100, .queue = 150, .connect = 300, .first_byte = 900, .first_content = 1000, .last = 2000};
  return r;
}

std::string rendered(const request_metrics& m, const metric_gauges& g = {}) {
  std::string out;
  m.render(out, g);
  return out;
}

int series_of(const std::string& text, const std::string& family) {
  int n = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) n += line.starts_with(family + "{");
  return n;
}

TEST(RequestMetrics, CountsRequestsByTheirLabels) {
  request_metrics m;
  m.record(make_record());
  m.record(make_record());
  m.record(make_record("m", "b", 499));
  const auto text = rendered(m);
  EXPECT_THAT(text, HasSubstr("edgemesh_requests_total{endpoint=\"chat\",model=\"m\",backend=\"b\",status=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_requests_total{endpoint=\"chat\",model=\"m\",backend=\"b\",status=\"499\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_bytes_total{direction=\"in\"} 30\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_bytes_total{direction=\"out\"} 60\n"));
}

TEST(RequestMetrics, AFailoverIsAnAttemptThatAnotherOneFollowed) {
  request_metrics m;
  auto r = make_record();
  r.attempts = {{"a", attempt_cause::refused, 0, {}}, {"b", attempt_cause::server_error, 500, {}}, {"c", attempt_cause::server_error, 502, {}}};
  m.record(r);
  const auto text = rendered(m);
  EXPECT_THAT(text, HasSubstr("edgemesh_attempts_total{cause=\"server_error\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_failovers_total{cause=\"refused\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_failovers_total{cause=\"server_error\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("cause=\"ok\"")));
}

TEST(RequestMetrics, MeasuresStreamsByFirstContentAndTokens) {
  request_metrics m;
  auto r = make_record();
  m.record(r);
  EXPECT_EQ(series_of(rendered(m), "edgemesh_ttft_seconds_count"), 0);  // not a stream
  r.stream = true;
  r.marks.first_content = 200'000;
  r.marks.last = 1'200'000;
  r.usage.completion_tokens = 101;
  m.record(r);
  const auto text = rendered(m);
  EXPECT_THAT(text, HasSubstr("edgemesh_ttft_seconds_bucket{backend=\"b\",le=\"0.1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_ttft_seconds_bucket{backend=\"b\",le=\"0.25\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_ttft_seconds_sum{backend=\"b\"} 0.2\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_itl_seconds_sum{backend=\"b\"} 0.01\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_request_seconds_bucket{endpoint=\"chat\",le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_request_seconds_count{endpoint=\"chat\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_tokens_total{model=\"m\",kind=\"completion\"} 101\n"));
}

TEST(RequestMetrics, AValueOnABoundBelongsToItsBucket) {
  constexpr std::array<double, 2> bounds{1, 2};
  histogram h(bounds);
  for (double v : {0.5, 1.0, 1.5, 2.0, 2.5}) h.record(v);
  std::string text;
  h.render(text, "x", {});
  EXPECT_EQ(text, "x_bucket{le=\"1\"} 2\nx_bucket{le=\"2\"} 4\nx_bucket{le=\"+Inf\"} 5\nx_sum 7.5\nx_count 5\n");
}

TEST(RequestMetrics, SeriesAreBoundedAndNothingIsLost) {
  request_metrics m;
  for (int i = 0; i < 1000; ++i) m.record(make_record("model-" + std::to_string(i), "b" + std::to_string(i)));
  const auto text = rendered(m);
  EXPECT_EQ(series_of(text, "edgemesh_requests_total"), 201);
  EXPECT_THAT(text, HasSubstr("edgemesh_requests_total{endpoint=\"other\",model=\"other\",backend=\"other\",status=\"other\"} 800\n"));
  EXPECT_LE(text.size(), 400'000u);
}

TEST(RequestMetrics, MergingShardsAddsUpAndStaysBounded) {
  request_metrics a, b, all;
  for (int i = 0; i < 150; ++i) a.record(make_record("a" + std::to_string(i)));
  for (int i = 0; i < 150; ++i) b.record(make_record("b" + std::to_string(i)));
  b.record(make_record("a0"));
  all.merge(a);
  all.merge(b);
  const auto text = rendered(all);
  EXPECT_THAT(text, HasSubstr("model=\"a0\",backend=\"b\",status=\"200\"} 2\n"));
  EXPECT_EQ(series_of(text, "edgemesh_requests_total"), 201);
  EXPECT_THAT(text, HasSubstr("status=\"other\"} 100\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_request_seconds_count{endpoint=\"chat\"} 301\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_attempts_total{cause=\"ok\"} 301\n"));
}

TEST(RequestMetrics, LabelValuesAreEscaped) {
  request_metrics m;
  m.record(make_record("a\"b\\c\nd\xff"));
  EXPECT_THAT(rendered(m), HasSubstr("model=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\",backend"));
  request_metrics full;  // the names of escaped labels are found again when they overflow
  for (int i = 0; i < 201; ++i) full.record(make_record("q\"," + std::to_string(i) + "=\"\\"));
  EXPECT_THAT(rendered(full), HasSubstr("{endpoint=\"other\",model=\"other\",backend=\"other\",status=\"other\"} 1\n"));
}

TEST(RequestMetrics, ShowsBackendsMemoryAndBuild) {
  metric_gauges g;
  g.backends.push_back({"laptop", 3, backend_health::warming, breaker_state::open});
  g.resident_bytes = 1000;
  g.uptime_seconds = 1.5;
  const auto text = rendered({}, g);
  EXPECT_THAT(text, HasSubstr("edgemesh_in_flight{backend=\"laptop\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_backend_state{backend=\"laptop\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_backend_breaker{backend=\"laptop\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_memory_bytes{kind=\"resident\"} 1000\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_uptime_seconds 1.5\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_build_info{version=\"0.1.0\"} 1\n"));
}

TEST(RequestMetrics, EveryFamilyIsDescribedOnceBeforeItsSamples) {
  request_metrics m;
  auto r = make_record();
  r.stream = true;
  r.usage.completion_tokens = 5;
  m.record(r);
  metric_gauges g;
  g.backends.push_back({"b", 0, {}, {}});
  std::istringstream lines(rendered(m, g));
  std::map<std::string, int> types;
  std::string current;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, kind, name;
    words >> hash >> kind >> name;
    if (hash != "#") {
      EXPECT_TRUE(line.starts_with(current)) << line;
      continue;
    }
    current = name;
    if (kind == "TYPE") EXPECT_EQ(++types[name], 1) << name;
  }
  for (auto name : {"requests_total", "in_flight", "request_seconds", "ttft_seconds", "itl_seconds", "attempts_total", "failovers_total",
                    "tokens_total", "bytes_total", "backend_state", "build_info", "memory_bytes"})
    EXPECT_EQ(types.count("edgemesh_" + std::string(name)), 1u) << name;
}

TEST(RequestMetrics, WhatAPeerForwardedIsCountedAsItsRequestAlone) {
  request_metrics m, other;
  auto theirs = make_record();
  theirs.peer = "fra-1";
  other.record(theirs);
  m.merge(other);
  const auto text = rendered(m);
  EXPECT_THAT(text, HasSubstr("edgemesh_peer_requests_total{peer=\"fra-1\",status=\"200\",code=\"\"} 1\n"));
  EXPECT_EQ(series_of(text, "edgemesh_requests_total"), 0);
  EXPECT_THAT(text, HasSubstr("edgemesh_bytes_total{direction=\"in\"} 0\n"));
}

TEST(RequestMetrics, TheWayThroughAPeerIsTimedFromDispatchToItsFirstByte) {
  request_metrics m;
  auto r = make_record("m", "fra-1/gpu");
  r.hops = 1;
  m.record(r);
  m.record(make_record());
  const auto text = rendered(m);
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_forward_seconds_count{backend=\"fra-1/gpu\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_forward_seconds_sum{backend=\"fra-1/gpu\"} 0.00075\n"));
  EXPECT_THAT(text, Not(HasSubstr("edgemesh_mesh_forward_seconds_count{backend=\"b\"}")));
}

}  // namespace
}  // namespace edgemesh::http
