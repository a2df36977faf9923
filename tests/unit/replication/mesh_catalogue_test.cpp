#include "replication/mesh_catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/replication/record_writer.hpp"

namespace edgemesh::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int self = 0;

struct MeshCatalogue : ::testing::Test {
  record_writer w;
  fake_signing keys = fake_signing::of(0);
  proto::sealed_record founding = w.admit(self, self, 0);
  roster members{w.root_of(founding), keys};
  data_classes classes;
  mesh_catalogue catalogue{key_of(self), classes};
  record_table table;
  std::map<content_hash, std::string> contents;
  content_source source = [this](const content_hash& h) { return contents.contains(h) ? &contents[h] : nullptr; };

  MeshCatalogue() { members.learn(founding); }
  void admit(int n, std::string site = "here", std::string clearance = "internal", std::string name = "") {
    proto::member_body body{key_of(n), name.empty() ? "n" + std::to_string(n) : name, std::move(site), node_role::edge, std::move(clearance),
                            start_s + year_s};
    members.learn(w.sign(self, 10 + n, body));
    catalogue.follow(members, start_s);
  }
  proto::backend_body backend(std::string name) {
    proto::backend_body b;
    b.name = std::move(name);
    b.data_class = "internal";
    b.data_class_configured = true;
    return b;
  }
  bool learn(const proto::sealed_record& r) {
    table.offer(r);
    return catalogue.apply(r, source);
  }
  static std::vector<std::string> names(const mesh_view& v) {
    std::vector<std::string> out;
    for (const auto& b : v.backends) out.push_back(b.node + "/" + b.body.name);
    return out;
  }
};

TEST_F(MeshCatalogue, ListsTheBackendsOfOtherMembersByNodeAndName) {
  admit(2), admit(1);
  for (const int n : {2, 1, self})
    for (const char* b : {"gpu", "cpu"}) learn(w.sign(n, 100, backend(b)));
  learn(w.sign(7, 100, backend("stranger")));
  EXPECT_THAT(names(catalogue.view()), ElementsAre("n1/cpu", "n1/gpu", "n2/cpu", "n2/gpu"));
  EXPECT_EQ(catalogue.view().backends.front().owner, key_of(1));
}

TEST_F(MeshCatalogue, ListsMembersThatHaveNotDescribedThemselves) {
  admit(1), admit(2);
  learn(w.describe(2, 100, "127.0.0.9:8790"));
  const auto v = catalogue.view();
  ASSERT_THAT(v.nodes, SizeIs(2));
  EXPECT_EQ(v.nodes[0].stamp_ms, 0);
  EXPECT_EQ(v.nodes[1].body.mesh_address, "127.0.0.9:8790");
  EXPECT_EQ(v.nodes[1].stamp_ms, start_ms + 100);
}

TEST_F(MeshCatalogue, ShowsWhatIsOfferedToThisNodeOnly) {
  admit(1, "here"), admit(2, "there"), admit(3, "");
  for (const int n : {1, 2, 3})
    for (const auto offer : {backend_offer::node, backend_offer::site, backend_offer::mesh}) {
      auto b = backend(std::string(name_of(offer)));
      b.offer = offer;
      learn(w.sign(n, 100, b));
    }
  EXPECT_THAT(names(catalogue.view()), ElementsAre("n1/mesh", "n1/site", "n2/mesh", "n3/mesh"));
}

TEST_F(MeshCatalogue, LowersAClassToTheOwnersClearance) {
  admit(1, "here", "confidential"), admit(2, "here", "public"), admit(3, "here", "no-such-class");
  auto top = backend("gpu");
  top.data_class = "confidential";
  for (const int n : {1, 2, 3}) learn(w.sign(n, 100, top));
  auto unknown = backend("odd");
  unknown.data_class = "secret";
  learn(w.sign(1, 100, unknown));
  auto unconfigured = backend("new");
  unconfigured.data_class = "confidential";
  unconfigured.data_class_configured = false;
  learn(w.sign(1, 100, unconfigured));
  const auto v = catalogue.view();
  ASSERT_THAT(names(v), ElementsAre("n1/gpu", "n1/new", "n1/odd", "n2/gpu", "n3/gpu"));
  EXPECT_EQ(v.backends[0].data_class, classes.highest());
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(v.backends[static_cast<std::size_t>(i)].data_class, classes.lowest()) << i;
}

TEST_F(MeshCatalogue, LeavesOutWhatIsGone) {
  admit(1);
  EXPECT_TRUE(learn(w.sign(1, 100, backend("gpu"))));
  auto gone = backend("gpu");
  gone.is_gone = true;
  EXPECT_TRUE(learn(w.sign(1, 200, gone)));
  EXPECT_THAT(catalogue.view().backends, IsEmpty());
  EXPECT_FALSE(learn(w.sign(1, 300, gone)));
}

TEST_F(MeshCatalogue, WaitsForContentAndSharesIt) {
  admit(1), admit(2);
  proto::backend_content models;
  models.models.resize(1);
  models.models[0].name = "llama";
  const auto bytes = proto::write_content(models);
  auto b = backend("gpu");
  b.content = keys.hash(bytes);
  learn(w.sign(1, 100, b)), learn(w.sign(2, 100, b));
  EXPECT_FALSE(catalogue.view().backends[0].content);
  EXPECT_FALSE(catalogue.content_arrived(b.content, source));
  contents[b.content] = bytes;
  EXPECT_TRUE(catalogue.content_arrived(b.content, source));
  EXPECT_FALSE(catalogue.content_arrived(b.content, source));
  const auto v = catalogue.view();
  ASSERT_TRUE(v.backends[0].content);
  EXPECT_EQ(v.backends[0].content->models.at(0).name, "llama");
  EXPECT_EQ(v.backends[0].content, v.backends[1].content);
  // A change of load keeps it without asking again.
  contents.clear();
  b.load.in_flight = 5;
  learn(w.sign(1, 200, b));
  EXPECT_TRUE(catalogue.view().backends[0].content);
}

TEST_F(MeshCatalogue, ShowsARowWithoutModelsForContentThatCannotBeRead) {
  admit(1);
  auto b = backend("gpu");
  b.content = keys.hash("no msgpack");
  contents[b.content] = "no msgpack";
  learn(w.sign(1, 100, b));
  ASSERT_TRUE(catalogue.view().backends.at(0).content);
  EXPECT_THAT(catalogue.view().backends[0].content->models, IsEmpty());
}

TEST_F(MeshCatalogue, ForgetsEvictedNodesAndHidesEndedOnes) {
  admit(1), admit(2);
  learn(w.sign(1, 100, backend("gpu"))), learn(w.sign(2, 100, backend("gpu")));
  members.learn(w.evict(self, 1, 200, 200));
  catalogue.follow(members, start_s);
  EXPECT_THAT(names(catalogue.view()), ElementsAre("n2/gpu"));
  catalogue.follow(members, start_s + 2 * year_s);
  EXPECT_THAT(catalogue.view().backends, IsEmpty());
  EXPECT_THAT(catalogue.view().nodes, IsEmpty());
  catalogue.follow(members, start_s);
  EXPECT_THAT(names(catalogue.view()), ElementsAre("n2/gpu"));
}

TEST_F(MeshCatalogue, IsTheSameAsAViewOfTheWholeTable) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    random_source rng(seed);
    mesh_catalogue kept(key_of(self), classes);
    record_table all;
    roster r(w.root_of(founding), keys);
    r.learn(founding);
    for (int i = 0; i < 60; ++i) {
      const int n = 1 + static_cast<int>(rng.below(5));
      proto::sealed_record record = w.describe(n, i);
      if (rng.below(5) == 0) record = w.admit(self, n, i, node_role::edge, "n" + std::to_string(rng.below(3)));
      else if (rng.below(4) != 0) {
        auto b = backend("b" + std::to_string(rng.below(3)));
        b.is_gone = rng.below(4) == 0;
        b.load.in_flight = static_cast<int>(rng.below(10));
        record = w.sign(n, i, b);
      }
      if (r.learn(record)) kept.follow(r, start_s);
      if (!r.may_keep(record)) continue;
      all.offer(record);
      kept.apply(record, source);
    }
    kept.follow(r, start_s);
    const auto a = kept.view();
    const auto b = view_of(all, r, *r.find(key_of(self), start_s), classes, source, start_s);
    ASSERT_EQ(names(a), names(b));
    ASSERT_EQ(a.nodes.size(), b.nodes.size());
    for (std::size_t i = 0; i < a.backends.size(); ++i) ASSERT_EQ(a.backends[i].body.load.in_flight, b.backends[i].body.load.in_flight);
  }
}

}  // namespace
}  // namespace edgemesh::replication
