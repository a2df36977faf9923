#include "actors/mesh/mesh_traffic.hpp"

#include <gmock/gmock.h>

#include "proto/frame.hpp"

namespace edgemesh::actors {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MeshTraffic, IsCountedByKindBothWaysAndWhatIsNotSoundByWhy) {
  const mesh_id mesh = *mesh_id::from_bytes("sixteen bytes ok"), other = *mesh_id::from_bytes("another mesh's i");
  mesh_traffic traffic(mesh);
  const auto ping = proto::seal_frame(proto::version_min, proto::message_kind::ping, mesh, "xy");
  traffic.arrived(ping);
  traffic.arrived(ping);
  traffic.sent(proto::seal_frame(proto::version_min, proto::message_kind::chunk, mesh, std::string(1000, 'c')));
  traffic.sent(proto::seal_frame(proto::version_min, static_cast<proto::message_kind>(99), mesh, ""));
  traffic.arrived(proto::seal_frame(proto::version_min, proto::message_kind::ping, other, "xy"));
  auto damaged = ping;
  damaged.back() ^= 1;
  traffic.arrived(damaged);
  traffic.arrived("EMSH");
  std::string text;
  traffic.append_to(text);
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_link_frames_total{direction=\"in\",kind=\"ping\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_link_bytes_total{direction=\"in\",kind=\"ping\"} 64\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_link_bytes_total{direction=\"out\",kind=\"chunk\"} 1030\n"));
  EXPECT_THAT(text, HasSubstr("{direction=\"out\",kind=\"other\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("kind=\"want\"")));
  for (const char* reason : {"other_mesh", "bad_checksum", "too_short"})
    EXPECT_THAT(text, HasSubstr("edgemesh_mesh_frames_dropped_total{reason=\"" + std::string(reason) + "\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("edgemesh_mesh_frames_dropped_total{reason=\"bad_magic\"} 0\n"));
}

}  // namespace
}  // namespace edgemesh::actors
