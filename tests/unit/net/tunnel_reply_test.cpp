#include "net/tunnel_reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edgemesh::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TunnelReply, AnySuccessIsATunnel) {
  EXPECT_EQ(tunnel_problem("HTTP/1.1 200 Connection established\r\n\r\n"), "");
  EXPECT_EQ(tunnel_problem("HTTP/1.0 204\r\n\r\n"), "");
}

TEST(TunnelReply, ARefusalIsNamedByItsStatusAlone) {
  EXPECT_THAT(tunnel_problem("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), HasSubstr("other credentials (407)"));
  const auto denied = tunnel_problem("HTTP/1.1 403 secret-policy\r\nX: secret-header\r\n\r\n");
  EXPECT_THAT(denied, HasSubstr("(403)"));
  EXPECT_THAT(denied, Not(HasSubstr("secret"))) << "no text of others in ours";
}

TEST(TunnelReply, OtherProtocolsAreNoAnswer) {
  for (const char* head : {"", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 2", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/2 200\r\n\r\n"})
    EXPECT_THAT(tunnel_problem(head), HasSubstr("not with HTTP")) << head;
}

}  // namespace
}  // namespace edgemesh::net
