#include "actors/admin/mesh_metrics.hpp"

#include <gmock/gmock.h>

namespace edgemesh::actors {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

node_key key(std::uint8_t n) {
  node_key k;
  k.bytes[0] = n;
  return k;
}

mesh_picture three_nodes() {
  mesh_picture p;
  p.mesh.self = key(1);
  p.mesh.view = std::make_shared<const replication::mesh_view>();
  for (std::uint8_t n = 1; n <= 3; ++n) {
    replication::member m;
    m.key = key(n);
    m.name = std::string(1, static_cast<char>('a' + n - 1));
    m.not_after = 1'800'000'000 + n;
    p.mesh.members.push_back(m);
  }
  p.membership.members.push_back({key(2), membership::member_state::alive, 1, {}, microseconds(1500)});
  p.membership.members.push_back({key(3), membership::member_state::dead, 1, {}, {}});
  link_view up;
  up.peer = key(2);
  up.phase = link_phase::up;
  p.links.push_back(up);
  p.membership.counters.deaths = 1;
  p.mesh.counters.bad_signatures = 4;
  p.mesh.records = 7;
  p.mesh.compared[key(2)] = {5, 1};
  return p;
}

replication::mesh_view view_with(std::int64_t stamp_ms) {
  replication::mesh_view v;
  replication::remote_node n;
  n.who.name = "b";
  n.stamp_ms = 1000;
  v.nodes.push_back(n);
  replication::remote_backend b;
  b.node = "b";
  b.body.name = "gpu";
  b.stamp_ms = stamp_ms;
  v.backends.push_back(b);
  return v;
}

TEST(MeshMetrics, CountMembersLinksAndWhatWasDropped) {
  std::string text;
  append_mesh_metrics(text, three_nodes(), news_age());
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_members{state=\"alive\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_members{state=\"dead\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_membership_not_after_seconds 1800000001\n")) << "this node's";
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_links{phase=\"up\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_round_trip_seconds{node=\"b\"} 0.0015\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_deaths_total 1\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_dropped_total{reason=\"bad_signature\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_records 7\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_digests_compared_total{node=\"b\",outcome=\"differing\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_digests_compared_total{node=\"b\",outcome=\"equal\"} 5\n"));
  EXPECT_THAT(text, Not(HasSubstr("clock_offset")));
}

TEST(MeshMetrics, ManyNodesHaveABoundedNumberOfSeries) {
  auto p = three_nodes();
  p.membership.members.clear();
  p.mesh.members.clear();
  for (int i = 0; i < 1000; ++i) {
    node_key k;
    k.bytes[0] = static_cast<std::uint8_t>(i);
    k.bytes[1] = static_cast<std::uint8_t>(i >> 8);
    k.bytes[2] = 1;
    p.membership.members.push_back({k, membership::member_state::alive, 1, {}, microseconds(100)});
    replication::member m;
    m.key = k;
    m.name = "n" + std::to_string(i);
    p.mesh.members.push_back(m);
  }
  std::string text;
  append_mesh_metrics(text, p, news_age());
  std::size_t series = 0;
  for (auto at = text.find("round_trip_seconds{"); at != text.npos; at = text.find("round_trip_seconds{", at + 1)) ++series;
  EXPECT_EQ(series, metric_nodes_max);
}

TEST(NewsAge, IsTakenOfWhatIsNewOrNewerAlone) {
  news_age news;
  news.changed({}, view_with(1000), 50000);  // what the disk knew
  EXPECT_EQ(news.seconds_until_known().count(), 0u);
  news.changed(view_with(1000), view_with(2000), 2100);
  EXPECT_EQ(news.seconds_until_known().count(), 1u);
  news.changed(view_with(2000), view_with(2000), 9000);
  EXPECT_EQ(news.seconds_until_known().count(), 1u);
  std::string text;
  news.seconds_until_known().render(text, "x", {});
  EXPECT_THAT(text, HasSubstr("x_bucket{le=\"0.05\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("x_bucket{le=\"0.1\"} 1\n"));
}

TEST(NewsAge, AStampOfTheFutureCountsAsNow) {
  news_age news;
  news.changed(view_with(1000), view_with(9000), 2000);
  std::string text;
  news.seconds_until_known().render(text, "x", {});
  EXPECT_THAT(text, HasSubstr("x_bucket{le=\"0.01\"} 1\n"));
}

}  // namespace
}  // namespace edgemesh::actors
