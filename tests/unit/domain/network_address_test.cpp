#include "domain/network_address.hpp"

#include <gtest/gtest.h>

namespace edgemesh {
namespace {

TEST(IpAddress, RoundTripsItsShortestText) {
  for (auto text : {"0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "fe80::1%3",
                    "1:0:0:2::3", "2001:db8:0:1:1:1:1:1"}) {
    const auto ip = parse_ip(text);
    ASSERT_TRUE(ip) << text;
    EXPECT_EQ(ip->to_string(), text);
    EXPECT_EQ(parse_ip(ip->to_string()), ip);
  }
  EXPECT_EQ(parse_ip("2001:DB8:0:0:0:0:0:1")->to_string(), "2001:db8::1");
  EXPECT_EQ(parse_ip("1:0:0:0:2:0:0:0")->to_string(), "1::2:0:0:0");  // the first of two equal runs
  EXPECT_EQ(parse_ip("64:ff9b::1.2.3.4")->to_string(), "64:ff9b::102:304");
}

TEST(IpAddress, TakesAMappedAddressForTheIpv4OneItIs) {
  EXPECT_EQ(parse_ip("::ffff:127.0.0.1"), parse_ip("127.0.0.1"));
  EXPECT_EQ(parse_ip("::ffff:7f00:1"), parse_ip("127.0.0.1"));
}

TEST(IpAddress, RefusesWhatResolversReadDifferently) {
  for (auto text : {"", "1", "127.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.-4", " 1.2.3.4", "1.2.3.4 ", "0x7f.0.0.1",
                    "1.2..4", "1.2.3.", ".1.2.3", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8",
                    "12345::", "::g", "[::1]", "::1%", "::1%eth0", "::1%0", "::1%4294967296", ":1:2:3:4:5:6:7:8", "1:", "::1.2.3",
                    "1.2.3.4::", "::ffff:1.2.3.4%1", "localhost"})
    EXPECT_FALSE(parse_ip(text)) << text;
}

TEST(IpAddress, KnowsLoopbackAndPrivateRanges) {
  for (auto text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(parse_ip(text)->is_loopback()) << text;
    EXPECT_FALSE(parse_ip(text)->is_private()) << text;
  }
  for (auto text : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "fc00::1", "fdff::1", "fe80::1%2",
                    "febf::1", "::ffff:10.1.2.3"})
    EXPECT_TRUE(parse_ip(text)->is_private()) << text;
  for (auto text : {"9.255.255.255", "172.15.0.1", "172.32.0.1", "192.167.1.1", "8.8.8.8", "2001:db8::1", "fec0::1", "fbff::1", "::2"}) {
    EXPECT_FALSE(parse_ip(text)->is_private()) << text;
    EXPECT_FALSE(parse_ip(text)->is_loopback()) << text;
  }
}

TEST(IpEndpoint, BracketsIpv6) {
  EXPECT_EQ((ip_endpoint{*parse_ip("127.0.0.1"), 80}.to_string()), "127.0.0.1:80");
  EXPECT_EQ((ip_endpoint{*parse_ip("::1"), 80}.to_string()), "[::1]:80");
}

TEST(HostPort, TakesNamesAndBothLiterals) {
  const std::pair<const char*, const char*> cases[] = {{"127.0.0.1:8780", "127.0.0.1:8780"}, {"LocalHost:0", "localhost:0"},
                                                       {"[::1]:443", "[::1]:443"},           {"[FE80::0:1%4]:1", "[fe80::1%4]:1"},
                                                       {"my_host.corp.:65535", "my_host.corp.:65535"}, {"0.0.0.0:1", "0.0.0.0:1"}};
  for (auto [text, wanted] : cases) {
    const auto parsed = parse_host_port(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->to_string(), wanted);
    EXPECT_EQ(*parse_host_port(parsed->to_string()), *parsed);
  }
  EXPECT_EQ(parse_host_port("[::1]:443")->host, "::1");
}

TEST(HostPort, SaysWhatWasExpected) {
  for (auto text : {"", "localhost", ":80", "host:", "host:65536", "host:-1", "host:+1", "host:8o", "host: 80", "ho st:80", "a..b:1",
                    "-a:1", "a-:1", ".a:1", "127.1:80", "1.2.3.999:80", "0x7f000001:80", "host.0x1:80", "[1.2.3.4]:80", "[::1:80",
                    "[::1]80", "[host]:80", "a/b:80", "user@host:80"}) {
    const auto parsed = parse_host_port(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_FALSE(parsed.error().message.empty());
  }
  EXPECT_NE(parse_host_port("::1:80").error().message.find("brackets"), std::string::npos);
  EXPECT_FALSE(parse_host_port(std::string(64, 'a') + ":1"));
}

TEST(BackendUrl, IsBroughtToOneForm) {
  struct example {
    const char *text, *url, *host;
    int port;
    const char* path;
  };
  for (const auto& e : {example{"http://127.0.0.1:11434", "http://127.0.0.1:11434", "127.0.0.1:11434", 11434, ""},
                        example{"HTTP://Example.COM/", "http://example.com", "example.com", 80, ""},
                        example{"https://api.example.com/v1", "https://api.example.com", "api.example.com", 443, ""},
                        example{"https://api.example.com:8443/openai/v1//", "https://api.example.com:8443/openai", "api.example.com:8443", 8443, "/openai"},
                        example{"http://x/v1/v1", "http://x/v1", "x", 80, "/v1"},
                        example{"http://x/av1", "http://x/av1", "x", 80, "/av1"},
                        example{"https://[2001:DB8::1]:443/a%20b", "https://[2001:db8::1]/a%20b", "[2001:db8::1]", 443, "/a%20b"},
                        example{"http://[fe80::1%3]:8080", "http://[fe80::1%3]:8080", "[fe80::1]:8080", 8080, ""}}) {
    const auto url = parse_backend_url(e.text);
    ASSERT_TRUE(url) << e.text;
    EXPECT_EQ(url->to_string(), e.url);
    EXPECT_EQ(url->host_header(), e.host);
    EXPECT_EQ(url->authority.port, e.port);
    EXPECT_EQ(url->base_path, e.path);
    EXPECT_EQ(*parse_backend_url(url->to_string() + (url->base_path == "/v1" ? "/v1" : "")), *url);
  }
}

TEST(BackendUrl, RefusesOtherFormsWithoutRepeatingThem) {
  for (auto text : {"", "127.0.0.1:80", "ftp://x", "http:/x", "http://", "http:///a", "http://u:hunter2@x", "http://x?key=hunter2",
                    "http://x/#hunter2", "http://x:0", "http://x:99999", "http://x:", "http://::1", "http://127.1", "http://x/a b",
                    "http://x/\\hunter2", "http://x y/", "http://x/<hunter2>"}) {
    const auto url = parse_backend_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace edgemesh
