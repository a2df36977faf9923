#include "http/upstream_head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"

namespace edgemesh::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

net::upstream_target target() {
  net::upstream_target t;
  t.url.authority = {"backend.example", 8000};
  t.url.base_path = "/base";
  t.host_header = "backend.example:8000";
  return t;
}

upstream_head_facts facts() {
  upstream_head_facts f;
  f.target = "/v1/chat/completions";
  f.content_length = 17;
  return f;
}

TEST(UpstreamHead, SaysExactlyWhatItMust) {
  const auto head = upstream_request_head(target(), facts());
  EXPECT_THAT(head, StartsWith("POST /base/v1/chat/completions HTTP/1.1\r\nHost: backend.example:8000\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nContent-Length: 17\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nAccept-Encoding: identity\r\n"));
  EXPECT_THAT(head, ::testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("uthorization")));
}

TEST(UpstreamHead, Case64TheHostIsTheBackends) {
  auto t = target();
  t.host_header = "127.0.0.1:11434";
  EXPECT_THAT(upstream_request_head(t, facts()), HasSubstr("\r\nHost: 127.0.0.1:11434\r\n"));
}

TEST(UpstreamHead, Case65NothingOfAClientGoesUpButItsTrace) {
  auto f = facts();
  f.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  f.hops = "a,b";
  f.data_class = "internal";
  const auto head = upstream_request_head(target(), f);
  EXPECT_THAT(head, HasSubstr("\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("x-edgemesh")));
  for (const char* name : {"X-Conversation-Id", "X-Request-Id", "Origin", "Cookie", "X-Forwarded"}) EXPECT_THAT(head, Not(HasSubstr(name)));
}

TEST(UpstreamHead, AMalformedTraceIsNotPassedOn) {
  for (const char* bad : {"", "00", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
                          "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333\r-01"}) {
    EXPECT_FALSE(is_traceparent(bad)) << bad;
    auto f = facts();
    f.traceparent = bad;
    EXPECT_THAT(upstream_request_head(target(), f), Not(HasSubstr("traceparent"))) << bad;
  }
}

TEST(UpstreamHead, HopsAndClassGoToOtherNodesOnly) {
  auto t = target();
  t.is_edgemesh = true;
  auto f = facts();
  f.hops = "a,b";
  f.data_class = "internal";
  const auto head = upstream_request_head(t, f);
  EXPECT_THAT(head, HasSubstr("\r\nx-edgemesh-hops: a,b\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nx-edgemesh-data-class: internal\r\n"));
  f.data_class = "";
  EXPECT_THAT(upstream_request_head(t, f), Not(HasSubstr("data-class")));
}

TEST(UpstreamHead, AGetHasNoBody) {
  auto f = facts();
  f.method = "GET";
  f.target = "/v1/models";
  const auto head = upstream_request_head(target(), f);
  EXPECT_THAT(head, StartsWith("GET /base/v1/models HTTP/1.1\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-")));
}

TEST(UpstreamHead, ConfiguredQueriesAreAppended) {
  auto t = target();
  t.query = "api-version=1";
  auto f = facts();
  EXPECT_THAT(upstream_request_head(t, f), StartsWith("POST /base/v1/chat/completions?api-version=1 "));
  f.target = "/v1/models?limit=2";
  EXPECT_THAT(upstream_request_head(t, f), StartsWith("POST /base/v1/models?limit=2&api-version=1 "));
}

TEST(UpstreamHead, AStreamIsAskedForAsOne) {
  auto f = facts();
  f.stream = true;
  EXPECT_THAT(upstream_request_head(target(), f), HasSubstr("\r\nAccept: text/event-stream, application/json\r\n"));
  EXPECT_THAT(upstream_request_head(target(), facts()), HasSubstr("\r\nAccept: application/json\r\n"));
}

}  // namespace
}  // namespace edgemesh::http
