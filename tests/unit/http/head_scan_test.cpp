#include "http/head_scan.hpp"

#include <gtest/gtest.h>

#include <string>

namespace edgemesh::http {
namespace {

struct scanned {
  scan_result result;
  request_head head;
  scan_fault fault{0, ""};
};

scanned scan(std::string_view bytes, scan_limits limits = {}) {
  scanned s{scan_result::incomplete, {}, {0, ""}};
  s.result = scan_head(bytes, limits, s.head, s.fault);
  return s;
}

void refused(std::string_view bytes, int status = 400) {
  const auto s = scan(bytes);
  EXPECT_EQ(s.result, scan_result::faulty) << bytes;
  EXPECT_EQ(s.fault.status, status) << bytes << ": " << s.fault.reason;
}

TEST(HeadScan, ReadsAnOrdinaryRequest) {
  const std::string text = "POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nX-Request-Id: q\r\n\r\nbody";
  const auto s = scan(text);
  ASSERT_EQ(s.result, scan_result::complete) << s.fault.reason;
  EXPECT_EQ(s.head.method, "POST");
  EXPECT_EQ(s.head.path(), "/v1/chat/completions");
  EXPECT_EQ(s.head.query(), "x=1");
  EXPECT_EQ(s.head.content_length, 12u);
  EXPECT_EQ(s.head.request_id, "q");
  EXPECT_EQ(s.head["HOST"], "a");
  EXPECT_TRUE(s.head.keep_alive);
  EXPECT_EQ(text.substr(s.head.size), "body");
}

TEST(HeadScan, IsIncompleteAtEveryPrefix) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
  for (std::size_t n = 0; n < text.size(); ++n) EXPECT_EQ(scan(std::string_view(text).substr(0, n)).result, scan_result::incomplete) << n;
  EXPECT_EQ(scan(text).result, scan_result::complete);
}

TEST(HeadScan, RefusesWhatCouldBeReadInTwoWays) {
  refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n");
  refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\n");
  refused("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n");
  refused("GET / HTTP/1.1\nHost: a\r\n\r\n");
  refused("GET / HTTP/1.1\r\nHost: a\n\r\n");
  refused("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n");
  refused(std::string_view("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 36));
  refused("GET / HTTP/1.1\r\nX: a\r\n\r\n");
  refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
  refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
  refused("GET / HTTP/1.1\r\n: a\r\n\r\n");
  refused("GET / HTTP/1.1\r\nno colon\r\n\r\n");
  refused("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST(HeadScan, RefusesBadRequestLines) {
  refused("GET /\r\n\r\n");
  refused("GET  HTTP/1.1\r\n\r\n");
  refused("GET / /x HTTP/1.1\r\nHost: a\r\n\r\n");
  refused("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n");
  refused("GET * HTTP/1.1\r\nHost: a\r\n\r\n");
  refused("G@T / HTTP/1.1\r\nHost: a\r\n\r\n");
  refused("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n");
  refused("GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n");
  refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505);
  refused("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505);
  refused("GET / http/1.1\r\nHost: a\r\n\r\n");
  refused("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414);
}

TEST(HeadScan, BoundsItsInput) {
  EXPECT_EQ(scan(std::string(40000, 'a')).fault.status, 431);
  EXPECT_EQ(scan("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(40000, 'a')).fault.status, 431);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 101; ++i) many += "X: y\r\n";
  EXPECT_EQ(scan(many + "\r\n").fault.status, 431);
}

TEST(HeadScan, DecidesKeepAliveByVersionAndConnection) {
  EXPECT_FALSE(scan("GET / HTTP/1.0\r\n\r\n").head.keep_alive);
  EXPECT_TRUE(scan("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(scan("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").head.keep_alive);
  EXPECT_TRUE(scan("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n").head.keep_alive);
}

TEST(HeadScan, KnowsExpectations) {
  EXPECT_TRUE(scan("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n").head.expects_continue);
  EXPECT_EQ(scan("POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n").fault.status, 417);
}

}  // namespace
}  // namespace edgemesh::http
