// What a node of a mesh is told: its listeners for peers, and the address that they dial.
#include <gmock/gmock.h>

#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using testing::HasSubstr;

using MeshSettings = settings_fixture;

TEST_F(MeshSettings, ReachTheirPlaces) {
  const auto s = good("node: {advertise: \"Fra-1.example:9790\"}\nlisten: {mesh: \"10.0.0.5:8790\", peer: \"[fd00::5]:8791\"}");
  EXPECT_EQ(s.listen.mesh, (host_port{"10.0.0.5", 8790}));
  EXPECT_EQ(s.listen.peer, (host_port{"fd00::5", 8791}));
  EXPECT_EQ(s.node.advertise, (host_port{"fra-1.example", 9790}));
  EXPECT_FALSE(s.node.is_undialled);
}

TEST_F(MeshSettings, HaveDefaultsThatNobodyElseReaches) {
  const auto s = good("");
  EXPECT_EQ(s.listen.mesh.to_string(), "127.0.0.1:8790");
  EXPECT_EQ(s.listen.peer.to_string(), "127.0.0.1:8791");
  EXPECT_FALSE(s.node.advertise);
  EXPECT_FALSE(s.node.is_undialled);
  EXPECT_FALSE(s.in_mesh);
}

TEST_F(MeshSettings, ANodeMayBeUndialled) {
  const auto s = good("node: {advertise: none}");
  EXPECT_TRUE(s.node.is_undialled);
  EXPECT_EQ(advertised_addresses(s, s.listen.mesh, s.listen.peer), advertised{});
}

TEST_F(MeshSettings, AnAddressToDialNeedsAPort) {
  EXPECT_THAT(only_fault("node: {advertise: fra-1.example}"), HasSubstr("1:19: node.advertise: expected none or an address that other nodes reach"));
  EXPECT_THAT(only_fault("node: {advertise: \"fra-1.example:0\"}"), HasSubstr("node.advertise: expected none or an address"));
}

TEST_F(MeshSettings, PeersDialTheListenersUnlessToldOtherwise) {
  const auto plain = good("");
  EXPECT_EQ(advertised_addresses(plain, {"127.0.0.1", 4001}, {"127.0.0.1", 4002}), (advertised{"127.0.0.1:4001", "127.0.0.1:4002"}));
  const auto told = good("node: {advertise: \"[fd00::5]:9790\"}");
  EXPECT_EQ(advertised_addresses(told, {"::", 8790}, {"::", 8791}), (advertised{"[fd00::5]:9790", "[fd00::5]:8791"}));
  EXPECT_EQ(advertised_addresses(told, {"::", 8790}, {"::", 8790}), (advertised{"[fd00::5]:9790", "[fd00::5]:9790"}));
}

TEST_F(MeshSettings, AnIdentityInTheDataFolderMakesTheNodeOneOfAMesh) {
  std::filesystem::create_directory(folder_ / "d");
  EXPECT_FALSE(good("data_dir: d").in_mesh);
  file("d/identity.key", "x");
  const auto s = good("data_dir: d");
  EXPECT_TRUE(s.in_mesh);
  EXPECT_EQ(identity_file_of(s), folder_ / "d/identity.key");
  EXPECT_EQ(store_folder_of(s), folder_ / "d/store");
}

TEST_F(MeshSettings, WhatCannotBeLookedAtCountsAsAnIdentity) {
  std::filesystem::create_symlink("loop", folder_ / "loop");
  EXPECT_TRUE(good("data_dir: loop").in_mesh);
}

}  // namespace
}  // namespace edgemesh::settings
