#include "settings/proxy_choice.hpp"

#include <gmock/gmock.h>

#include "settings/value_text.hpp"

namespace edgemesh::settings {
namespace {

bool covered(std::string_view list, const char* authority) { return no_proxy_covers(list, *parse_host_port(authority)); }

TEST(ProxyChoice, NoProxyMatchesHostsDomainsAddressesAndNetworks) {
  EXPECT_TRUE(covered("*", "a.example:1"));
  EXPECT_TRUE(covered("a.example", "a.example:1"));
  EXPECT_TRUE(covered("x, example", "a.example:1"));
  EXPECT_TRUE(covered(".example", "a.example:1"));
  EXPECT_TRUE(covered("*.example", "a.example:1"));
  EXPECT_TRUE(covered("10.0.0.7", "10.0.0.7:1"));
  EXPECT_TRUE(covered("10.0.0.0/8", "10.9.9.9:1"));
  EXPECT_TRUE(covered("fd00::/8", "[fd12::1]:1"));
  EXPECT_TRUE(covered("[fd12::1]:5", "[fd12::1]:5"));
  EXPECT_TRUE(covered("a.example:8080", "a.example:8080"));
}
TEST(ProxyChoice, NoProxyLeavesOthersAlone) {
  EXPECT_FALSE(covered("", "a.example:1"));
  EXPECT_FALSE(covered("ample", "a.example:1"));
  EXPECT_FALSE(covered(".b.example", "a.example:1"));
  EXPECT_FALSE(covered("10.0.0.0/8", "11.0.0.1:1"));
  EXPECT_FALSE(covered("10.0.0.0/99", "10.0.0.1:1"));
  EXPECT_FALSE(covered("a.example:8080", "a.example:1"));
  EXPECT_FALSE(covered("::/0", "10.0.0.1:1"));
}
TEST(ProxyChoice, ProxyUrlsAreReadWithTheirCredentials) {
  EXPECT_EQ(parse_proxy("http://p:3128/")->authority.to_string(), "p:3128");
  EXPECT_EQ(parse_proxy("http://p")->authority.port, 80);
  EXPECT_EQ(parse_proxy("p")->authority.port, 1080);
  EXPECT_EQ(parse_proxy("http://u@p:1")->basic_credentials.reveal(), "u:");
  EXPECT_EQ(parse_proxy("http://[fd00::1]:3128")->authority.to_string(), "[fd00::1]:3128");
  for (const auto* bad : {"https://p:1", "socks5://p:1", "http://", "http://p:0", "http://%zz:x@p:1", "http://a%0d:b@p:1"})
    EXPECT_TRUE(parse_proxy(bad).has_error()) << bad;
}

}  // namespace
}  // namespace edgemesh::settings
