#include "actors/directory_state.hpp"

#include "tests/actors/virtual_time.hpp"

namespace edgemesh::actors {
namespace {

using namespace std::chrono_literals;

class DirectoryActor : public virtual_time {
 protected:
  DirectoryActor() {
    directory_deps deps;
    routing::virtual_model assistant;
    assistant.name = "assistant";
    deps.configured.virtual_models = {assistant};
    deps.publish = [this](auto table) { tables.push_back(std::move(table)); };
    deps.own_backend_is = [this](const routing::backend_row& row, const backend_view&) {
      told.push_back(row.name);
      EXPECT_FALSE(tables.back()->offers_of(row.models.at(0).name).empty()) << "others would ask for what is not served yet";
    };
    directory = keep(spawn_directory(home(), std::move(deps)));
  }
  static backend_listed listing(std::string name_of_backend, std::string model) {
    auto row = std::make_shared<routing::backend_row>();
    row->name = name_of_backend;
    row->cell = std::make_shared<backend_cell>();
    row->paths.emplace_back();
    model_offer m;
    m.name = m.upstream = model;
    row->models.push_back(m);
    auto view = std::make_shared<backend_view>();
    view->name = name_of_backend;
    view->cell = row->cell;
    return {row, view};
  }
  std::vector<std::shared_ptr<const routing::route_table>> tables;
  std::vector<std::string> told;  // to other nodes
  directory_actor directory;
};

TEST_F(DirectoryActor, PublishesWhatIsConfiguredAtOnce) {
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_NE(tables[0]->find_virtual("assistant"), nullptr);
  EXPECT_TRUE(tables[0]->backends().empty());
}

TEST_F(DirectoryActor, MergesTheRowsOfAllBackends) {
  pass(1s);
  tell(directory, listing("b", "two"));
  pass(1s);
  tell(directory, listing("a", "one"));
  ASSERT_EQ(tables.size(), 3u);
  EXPECT_EQ(tables.back()->backends().size(), 2u);
  EXPECT_EQ(tables.back()->offers_of("one").size(), 1u);
  EXPECT_LT(tables[1]->version(), tables[2]->version());
}

TEST_F(DirectoryActor, PublishesAtMostTenTimesASecond) {
  pass(1s);
  tables.clear();
  for (int i = 0; i < 200; ++i) {
    tell(directory, listing("a", "m" + std::to_string(i)));
    pass(5ms);
  }
  EXPECT_LE(tables.size(), 11u);
  EXPECT_GE(tables.size(), 9u);
  pass(100ms);
  EXPECT_EQ(tables.back()->offers_of("m199").size(), 1u) << "the last change is never lost";
}

TEST_F(DirectoryActor, OtherNodesHearOfABackendWhenItIsServedAndNotBefore) {
  pass(1s);
  tell(directory, listing("a", "one"));
  tell(directory, listing("b", "two"));  // within the pause between two tables
  EXPECT_EQ(told, (std::vector<std::string>{"a"}));
  pass(100ms);
  EXPECT_EQ(told, (std::vector<std::string>{"a", "b"}));
  tell(directory, backend_seen{listing("b", "two").view});
  EXPECT_EQ(told.size(), 3u);
}

TEST_F(DirectoryActor, OwnBackendsGoByTheNameThatTheMeshHasForThisNode) {
  auto own = listing("gpu", "m");
  auto configured = std::make_shared<routing::backend_row>(*own.row);
  configured->node = configured->paths[0].node = "b";
  own.row = std::move(configured);
  tell(directory, own);
  pass(1s);
  tell(directory, remote_rows_told{{}, "edge-1", "lyon"});
  pass(1s);
  EXPECT_EQ(tables.back()->backends()[0]->node, "edge-1");
  EXPECT_EQ(tables.back()->backends()[0]->paths[0].node, "edge-1");
  EXPECT_EQ(tables.back()->own_site(), "lyon");
  tell(directory, remote_rows_told{});  // it has left
  pass(1s);
  EXPECT_EQ(tables.back()->backends()[0]->node, "b");
  EXPECT_EQ(tables.back()->own_site(), "");
}

TEST(RemoteRows, AreNotAboveTheClearanceOfTheNodeThatWouldForward) {
  replication::mesh_view view;
  view.nodes.emplace_back().who.name = "a";
  auto& offered = view.backends.emplace_back();
  offered.node = "a";
  offered.body.name = "gpu";
  offered.data_class = 2;
  offered.content = std::make_shared<const proto::backend_content>();
  const auto find = [](const replication::remote_node& n) {
    routing::backend_path way;
    way.node = n.who.name;
    way.local = false;
    return std::vector{way};
  };
  remote_rows rows;
  EXPECT_EQ(rows.update(view, find).at(0).row->data_class, 2);
  EXPECT_EQ(rows.update(view, find, 1).at(0).row->data_class, 1);
  EXPECT_TRUE(rows.has_changed());
}

TEST_F(DirectoryActor, OldTablesStayWhole) {
  tell(directory, listing("a", "m"));
  pass(200ms);
  const auto old = tables.back();
  tell(directory, backend_unlisted{"a"});
  pass(200ms);
  EXPECT_TRUE(tables.back()->offers_of("m").empty());
  EXPECT_EQ(old->offers_of("m").size(), 1u);
}

TEST_F(DirectoryActor, AFlushAnswersWhenEverythingIsPublished) {
  pass(1s);
  tell(directory, listing("a", "m"));
  tell(directory, listing("b", "m"));
  std::optional<std::uint64_t> version;
  tell(directory, flush_routes{reply_slot<std::uint64_t>([&](std::optional<std::uint64_t> v) { version = v; })});
  EXPECT_FALSE(version);
  pass(100ms);
  ASSERT_TRUE(version);
  EXPECT_EQ(*version, tables.back()->version());
  EXPECT_EQ(tables.back()->backends().size(), 2u);
}

TEST_F(DirectoryActor, WhatIsSeenIsShownWithoutANewTable) {
  const auto a = listing("a", "m");
  tell(directory, a);
  pass(1s);
  const auto count = tables.size();
  auto view = std::make_shared<backend_view>(*a.view);
  view->detail = "news";
  tell(directory, backend_seen{view});
  pass(1s);
  EXPECT_EQ(tables.size(), count);
  std::vector<backend_view_ptr> all;
  tell(directory, list_backends{reply_slot<std::vector<backend_view_ptr>>([&](auto v) { all = *v; })});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0]->detail, "news");
}

TEST_F(DirectoryActor, LateNewsOfABackendThatIsGoneAreIgnored) {
  tell(directory, backend_seen{listing("gone", "m").view});
  std::vector<backend_view_ptr> all;
  tell(directory, list_backends{reply_slot<std::vector<backend_view_ptr>>([&](auto v) { all = *v; })});
  EXPECT_TRUE(all.empty());
}

TEST_F(DirectoryActor, AReloadChangesModelsAndClasses) {
  pass(1s);
  routes_configured next;
  next.classes.names = {"open", "secret"};
  tell(directory, next);
  EXPECT_EQ(tables.back()->find_virtual("assistant"), nullptr);
  EXPECT_EQ(tables.back()->classes().names[1], "secret");
}

}  // namespace
}  // namespace edgemesh::actors
