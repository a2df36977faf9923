// listen.tls: files of the listeners' certificates.
#include <gmock/gmock.h>

#include "settings/change.hpp"
#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using testing::HasSubstr;

class ListenerTls : public settings_fixture {
 protected:
  ListenerTls() {
    file("c.pem", "-----BEGIN CERTIFICATE-----");
    file("k.pem", "-----BEGIN PRIVATE KEY-----");
  }
};

TEST_F(ListenerTls, PathsStartAtTheFilesFolder) {
  const auto tls = good("listen: {tls: {api: {cert: c.pem, key: k.pem}, admin: {cert: c.pem, key: k.pem, client_ca: c.pem}}}").listen.tls;
  EXPECT_EQ(tls.api.cert, folder_ / "c.pem");
  EXPECT_EQ(tls.api.key, folder_ / "k.pem");
  EXPECT_TRUE(tls.api.is_on());
  EXPECT_FALSE(tls.api.wants_certificates());
  EXPECT_EQ(tls.admin.client_ca, folder_ / "c.pem");
  EXPECT_TRUE(tls.admin.wants_certificates());
  EXPECT_FALSE(tls.metrics.is_on());
}

TEST_F(ListenerTls, CertificateAndKeyStandTogether) {
  EXPECT_THAT(only_fault("listen: {tls: {api: {cert: c.pem}}}"), HasSubstr("listen.tls.api: \"key\" is missing"));
  EXPECT_THAT(only_fault("listen: {tls: {admin: {key: k.pem}}}"), HasSubstr("listen.tls.admin: \"cert\" is missing"));
}

TEST_F(ListenerTls, FilesAreThereAndPem) {
  EXPECT_THAT(only_fault("listen: {tls: {api: {cert: nope.pem, key: k.pem}}}"), HasSubstr("listen.tls.api.cert: cannot read"));
  EXPECT_THAT(only_fault("listen: {tls: {api: {cert: c.pem, key: nope.key}}}"), HasSubstr("listen.tls.api.key: cannot read"));
  EXPECT_THAT(only_fault("listen: {tls: {api: {cert: c.pem, key: k.pem, client_ca: k.pem}}}"), HasSubstr("expected a PEM file with a CERTIFICATE"));
}

TEST_F(ListenerTls, OfAListenerThatIsOffHasNoEffect) {
  EXPECT_THAT(only_fault("listen: {tls: {metrics: {cert: c.pem, key: k.pem}}}"), HasSubstr("listen.tls.metrics: has no effect"));
  good("listen: {metrics: 127.0.0.1:9, tls: {metrics: {cert: c.pem, key: k.pem}}}");
}

TEST_F(ListenerTls, IsNotOfPeers) {
  EXPECT_THAT(only_fault("listen: {tls: {peer: {cert: c.pem, key: k.pem}}}"), HasSubstr("listen.tls.peer: unknown key"));
  EXPECT_THAT(only_fault("tls: {cert: c.pem}"), HasSubstr("tls: not in this version"));
}

TEST_F(ListenerTls, OtherPathsNeedARestart) {
  const auto now = good(""), next = good("listen: {tls: {api: {cert: c.pem, key: k.pem}}}");
  EXPECT_THAT(difference(now, next).needs_restart, testing::ElementsAre("listen"));
  EXPECT_FALSE(applicable(now, next).listen.tls.api.is_on());
}

TEST_F(ListenerTls, FilesThatCannotBeUsedAreNamed) {
  EXPECT_EQ(problem_of({}), "");
  EXPECT_THAT(problem_of({folder_ / "c.pem", folder_ / "k.pem", {}}), HasSubstr("cannot use the certificate"));
}

}  // namespace
}  // namespace edgemesh::settings
