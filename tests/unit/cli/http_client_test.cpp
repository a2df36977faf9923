#include "cli/http_client.hpp"

#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>

#include "canned_server.hpp"

namespace edgemesh::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using outcome = http_response::outcome;

http_origin at(const canned_server& server) { return plain_origin({"127.0.0.1", server.port()}); }

TEST(HttpClient, SendsWhatItIsToldAndReadsTheAnswer) {
  canned_server server({canned_server::json("{\"a\":1}", "201 Created")});
  http_request request;
  request.method = "POST";
  request.target = "/x?y=1";
  request.body = "{}";
  request.headers.emplace_back("x-key", secret("k"));
  const auto response = exchange(at(server), request);
  EXPECT_EQ(response.result, outcome::answered);
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, "{\"a\":1}");
  const auto asked = server.requests().at(0);
  EXPECT_THAT(asked, StartsWith("POST /x?y=1 HTTP/1.1\r\nHost: " + server.address() + "\r\n"));
  EXPECT_THAT(asked, HasSubstr("\r\nx-key: k\r\n"));
  EXPECT_THAT(asked, HasSubstr("\r\nContent-Length: 2\r\n"));
}

TEST(HttpClient, ChunkedBodiesAreDecodedPieceByPiece) {
  canned_server server({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"});
  std::string got;
  const auto response = exchange_streaming(at(server), {}, [&](std::string_view bytes) {
    got += bytes;
    return true;
  });
  EXPECT_EQ(response.result, outcome::answered);
  EXPECT_EQ(got, "abcde");
}

TEST(HttpClient, AnErrorStatusIsCollectedAlsoWhenStreaming) {
  canned_server server({canned_server::json("{}", "503 Service Unavailable")});
  const auto response = exchange_streaming(at(server), {}, [](std::string_view) {
    ADD_FAILURE() << "a failed answer is not streamed";
    return false;
  });
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "{}");
}

TEST(HttpClient, ABodyIsBounded) {
  canned_server server({canned_server::json(std::string(100'000, 'x'))});
  http_request request;
  request.bytes_max = 1000;
  EXPECT_LE(exchange(at(server), request).body.size(), 1000u);
}

TEST(HttpClient, ATruncatedBodyIsBroken) {
  canned_server server({"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc"});
  EXPECT_EQ(exchange(at(server), {}).result, outcome::broken);
}

TEST(HttpClient, GarbageIsBroken) {
  canned_server server({"SSH-2.0-OpenSSH\r\n"});
  EXPECT_EQ(exchange(at(server), {}).result, outcome::broken);
}

TEST(HttpClient, NobodyListeningIsRefused) {
  std::uint16_t port = 0;
  {
    canned_server server({});
    port = server.port();
  }
  const auto response = exchange(plain_origin({"127.0.0.1", port}), {});
  EXPECT_EQ(response.result, outcome::refused);
  EXPECT_THAT(response.detail, HasSubstr("refused"));
  EXPECT_FALSE(try_connect({"127.0.0.1", port}, milliseconds(1000)).is_listening);
}

TEST(HttpClient, ASilentServerTimesOut) {
  canned_server server({});  // connections wait in its backlog
  http_request request;
  request.total_timeout = milliseconds(50);
  EXPECT_EQ(exchange(at(server), request).result, outcome::timed_out);
}

TEST(HttpClient, ABareConnectSendsNothing) {
  canned_server server({""});
  EXPECT_TRUE(try_connect({"127.0.0.1", server.port()}, milliseconds(1000)).is_listening);
  while (server.requests().empty()) std::this_thread::yield();
  EXPECT_EQ(server.requests()[0], "");
}

TEST(HttpClient, PlainRequestsGoThroughAProxyInAbsoluteForm) {
  canned_server proxy({canned_server::json("{}")});
  auto origin = plain_origin({"h.example", 80});
  origin.proxy = settings::proxy_settings{{"127.0.0.1", proxy.port()}, secret("u:p")};
  http_request request;
  request.target = "/a";
  EXPECT_EQ(exchange(origin, request).status, 200);
  EXPECT_THAT(proxy.requests().at(0), StartsWith("GET http://h.example/a HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.requests().at(0), HasSubstr("Proxy-Authorization: Basic dTpw\r\n"));
}

TEST(HttpClient, TlsRequestsAskTheProxyForATunnel) {
  canned_server proxy({"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"});
  auto origin = plain_origin({"h.example", 443});
  origin.tls = true;
  origin.proxy = settings::proxy_settings{{"127.0.0.1", proxy.port()}, secret()};
  const auto response = exchange(origin, {});
  EXPECT_EQ(response.result, outcome::refused);
  EXPECT_THAT(response.detail, StartsWith("the proxy wants other credentials (407)"));
  EXPECT_THAT(proxy.requests().at(0), StartsWith("CONNECT h.example:443 HTTP/1.1\r\n"));
}

TEST(HttpClient, AServerWithoutTlsIsBrokenForHttps) {
  canned_server server({canned_server::json("{}")});
  auto origin = at(server);
  origin.tls = true;
  const auto response = exchange(origin, {});
  EXPECT_EQ(response.result, outcome::broken);
  EXPECT_THAT(response.detail, StartsWith("TLS: "));
}

TEST(HttpClient, TheEndOfACertificateIsRead) {
  const std::string path = testing::TempDir() + "edgemesh-certificate-" + std::to_string(::getpid()) + ".pem";
  std::ofstream(path) << R"(-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUGNFcWwbhXgImRVMx2x7EiBFJXPUwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMdGVzdC5leGFtcGxlMB4XDTI2MTEyMzAxMTczN1oXDTM2MTEy
MDAxMTczN1owFzEVMBMGA1UEAwwMdGVzdC5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEaDMRzg9UguCqDFXggY+98wDrl9nwM7klkAYjjIA9Ybl9zA73
jN6DW3XUHLgyjoUZmyMJygyyjvd+DFKjlOKAw6NTMFEwHQYDVR0OBBYEFPl6qevK
IvH27ir+vIxQjYHdSV6qMB8GA1UdIwQYMBaAFPl6qevKIvH27ir+vIxQjYHdSV6q
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAPcwYKUa9sdd6cyz
Vn3NP2hmoo7uyslj4TVFukQFNe2pAiBv+mJgxZtbI0fUOBRsuZMWVjAyI8Fyacpf
HlaX+gAzOw==
-----END CERTIFICATE-----
)";
  const auto end = certificate_end(path);
  std::remove(path.c_str());
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(std::chrono::system_clock::to_time_t(*end), 2110756657);  // 2036-11-20
}

TEST(HttpClient, AFileWithoutACertificateSaysSo) {
  EXPECT_THAT(certificate_end("/nowhere.pem").error().message, HasSubstr("cannot read /nowhere.pem"));
  EXPECT_THAT(certificate_end("/etc/hostname").error().message, HasSubstr("holds no certificate"));
}

}  // namespace
}  // namespace edgemesh::cli
