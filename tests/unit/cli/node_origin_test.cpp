#include "cli/node_origin.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "net/certificate_facts.hpp"

namespace edgemesh::cli {
namespace {

using testing::HasSubstr;

/// A file with a certificate for the common name test.example, without alternatives.
class NodeOrigin : public testing::Test {
 protected:
  NodeOrigin() : path_(testing::TempDir() + "edgemesh-node-origin-" + std::to_string(::getpid()) + ".pem") {
    std::ofstream(path_) << R"(-----BEGIN CERTIFICATE-----
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
  }
  ~NodeOrigin() override { std::remove(path_.c_str()); }

  const host_port configured_{"0.0.0.0", 8781};
  std::string path_;
};

TEST_F(NodeOrigin, IsTheConfiguredListenerInTheClear) {
  const auto origin = node_origin("--admin", "", configured_, {}, {});
  ASSERT_TRUE(origin);
  EXPECT_FALSE(origin->tls);
  EXPECT_EQ(origin->authority.to_string(), "127.0.0.1:8781");
}

TEST_F(NodeOrigin, TakesTheSchemeOfTheFlag) {
  const auto secure = node_origin("--admin", "https://h.example:1/", configured_, {}, {});
  ASSERT_TRUE(secure);
  EXPECT_TRUE(secure->tls);
  EXPECT_EQ(secure->authority.to_string(), "h.example:1");
  EXPECT_EQ(secure->ca_file, "");
  const auto clear = node_origin("--admin", "http://h.example:1", configured_, {path_, path_, {}}, {});
  ASSERT_TRUE(clear);
  EXPECT_FALSE(clear->tls);
  EXPECT_THAT(node_origin("--admin", "https://h.example", configured_, {}, {}).error().message, HasSubstr("--admin: "));
}

TEST_F(NodeOrigin, TrustsTheListenersOwnCertificate) {
  const auto origin = node_origin("--admin", "", configured_, {path_, path_, {}}, {});
  ASSERT_TRUE(origin) << origin.error().message;
  EXPECT_TRUE(origin->tls);
  EXPECT_EQ(origin->ca_file, path_);
  EXPECT_TRUE(origin->trusts_leaf);
  EXPECT_EQ(origin->server_name, "test.example");
}

TEST_F(NodeOrigin, TrustsWhatTheFlagSaysInstead) {
  const auto origin = node_origin("--admin", "h.example:1", configured_, {"/nowhere.pem", "/nowhere.key", {}}, {path_, path_, path_});
  ASSERT_TRUE(origin) << origin.error().message;
  EXPECT_TRUE(origin->tls);
  EXPECT_EQ(origin->ca_file, path_);
  EXPECT_EQ(origin->server_name, "");
  EXPECT_EQ(origin->client_cert, path_);
}

TEST_F(NodeOrigin, NamesFilesThatAreNotThere) {
  EXPECT_THAT(node_origin("--api", "https://h:1", configured_, {}, {"/nowhere.pem", "", ""}).error().message, HasSubstr("cannot read /nowhere.pem"));
  EXPECT_THAT(node_origin("--api", "https://h:1", configured_, {}, {"", path_, ""}).error().message, HasSubstr("stand together"));
  EXPECT_THAT(node_origin("--api", "", configured_, {"/nowhere.pem", "/nowhere.key", {}}, {}).error().message, HasSubstr("/nowhere.pem"));
  EXPECT_FALSE(net::certificate_name("/etc/hostname"));
}

}  // namespace
}  // namespace edgemesh::cli
