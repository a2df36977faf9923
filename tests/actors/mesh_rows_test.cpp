#include "actors/admin/mesh_rows.hpp"

#include <gtest/gtest.h>

#include "json/validate.hpp"
#include "json/value.hpp"

namespace edgemesh::actors {
namespace {

constexpr std::int64_t now_ms = 1'800'000'000'000;

json::value parsed(const std::string& body) {
  EXPECT_FALSE(json::validate(body)) << body;
  return json::value::first_in(body);
}

node_key key(std::uint8_t n) {
  node_key k;
  k.bytes[0] = n;
  return k;
}

/// This node is `a`; `b` has a backend `gpu`, reached over `c`.
class MeshRows : public ::testing::Test {
 protected:
  MeshRows() {
    auto view = std::make_shared<replication::mesh_view>();
    replication::remote_backend b;
    b.owner = key(2);
    b.node = "b";
    b.site = "par";
    b.body.name = "gpu";
    b.body.health = backend_health::ready;
    b.body.load.in_flight = 3;
    b.data_class = 1;
    b.stamp_ms = now_ms - 5000;
    auto content = std::make_shared<proto::backend_content>();
    model_offer m;
    m.name = "m";
    content->models.push_back(m);
    content->prices.push_back({"m", 150'000, 150'000, 600'000, 0});
    b.content = content;
    view->backends.push_back(b);
    picture.mesh.view = view;
    picture.mesh.self = key(1);
    replication::member self;
    self.key = key(1);
    self.name = "a";
    self.site = "fra";
    picture.mesh.members.push_back(self);
    picture.membership.members.push_back({key(2), membership::member_state::alive, 1, {}, microseconds(420)});
    auto row = std::make_shared<routing::backend_row>();
    row->name = "gpu";
    row->node = "b";
    row->cell = std::make_shared<backend_cell>();
    routing::backend_path way;
    way.node = "b";
    way.via = "c";
    way.local = false;
    way.hops = 2;
    way.cell = cell;
    row->paths.push_back(way);
    routes = routing::route_table(1, {}, {row}, {});
  }
  mesh_frame frame() const { return {picture, routes, now_ms}; }

  mesh_picture picture;
  std::shared_ptr<routing::path_cell> cell = std::make_shared<routing::path_cell>();
  routing::route_table routes;
  const std::string own = R"({"data":[{"name":"lap","health":"ready","models":["m","n"],"last_probe_ms_ago":70}]})";
};

TEST_F(MeshRows, ShowWhatTheOwnerSaidHowOldItIsAndTheWayThere) {
  const auto body = backends_of_mesh(own, frame());
  auto row = parsed(body)["data"].elements().begin();
  EXPECT_TRUE((*row)["name"].equals("lap"));
  EXPECT_TRUE((*row)["node"].equals("a"));
  EXPECT_TRUE((*row)["site"].equals("fra"));
  EXPECT_EQ((*row)["age_ms"].integer(), 70);
  EXPECT_EQ((*row)["path"]["hops"].integer(), 0);
  ++row;
  const auto other = *row;
  EXPECT_TRUE(other["name"].equals("b/gpu"));
  EXPECT_TRUE(other["site"].equals("par"));
  EXPECT_TRUE(other["data_class"].equals("internal"));
  EXPECT_EQ(other["in_flight"].integer(), 3);
  EXPECT_EQ(other["age_ms"].integer(), 5000);
  EXPECT_EQ(other["path"].raw(), R"({"state":"up","hops":2,"via":"c","rtt_ms":0.42})");
  EXPECT_EQ(other["prices"]["m"]["input"].number(), 0.15);
}

TEST_F(MeshRows, TakeTheOwnersClockIntoAccount) {
  link_view l;
  l.peer = key(2);
  l.clock_ahead = milliseconds(-3600'000);  // an hour behind: its stamps look old
  picture.links.push_back(l);
  const auto body = backend_of_mesh("b/gpu", frame());
  EXPECT_EQ(parsed(body)["age_ms"].integer(), 0);
  EXPECT_EQ(backend_of_mesh("b/none", frame()), "");
}

TEST_F(MeshRows, SayThatTheWayIsDownOrThatThereIsNone) {
  cell->down(instant(seconds(1)));
  const auto down = backend_of_mesh("b/gpu", frame());
  EXPECT_TRUE(parsed(down)["path"]["state"].equals("down"));
  routes = {};
  const auto none = backend_of_mesh("b/gpu", frame());
  EXPECT_TRUE(parsed(none)["path"]["state"].equals("none"));
}

TEST_F(MeshRows, ModelsNameEachOfferWithItsAgeAndPrice) {
  const auto backends = backends_of_mesh(own, frame());
  const auto body = models_of_mesh(R"({"object":"list","data":[{"id":"m","virtual":false},{"id":"n"},{"id":"v","virtual":true}]})", backends);
  const auto data = parsed(body)["data"];
  auto model = data.elements().begin();
  ASSERT_EQ((*model)["offers"].size(), 2u);
  auto offer = (*model)["offers"].elements().begin();
  EXPECT_TRUE((*offer)["backend"].equals("lap"));
  EXPECT_FALSE((*offer)["price"]);
  ++offer;
  EXPECT_TRUE((*offer)["backend"].equals("b/gpu"));
  EXPECT_EQ((*offer)["age_ms"].integer(), 5000);
  EXPECT_EQ((*offer)["price"]["output"].number(), 0.6);
  ++model;
  EXPECT_EQ((*model)["offers"].size(), 1u);
  ++model;
  EXPECT_EQ((*model)["offers"].size(), 0u);
}

TEST_F(MeshRows, FindOtherNodesBackendsByTheirShortName) {
  EXPECT_EQ(full_names_of("gpu", picture), std::vector<std::string>{"b/gpu"});
  EXPECT_TRUE(full_names_of("lap", picture).empty());
  EXPECT_EQ(own_name_in(picture), "a");
}

}  // namespace
}  // namespace edgemesh::actors
