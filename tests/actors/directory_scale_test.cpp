// What a thousand nodes with twenty models each cost one node: from a signed record that gossip has learned to the route table. The real
// catalogue, rows and directory; CPU time, so that a busy machine does not matter much. The figures are printed.
#include <cstdio>
#include <ctime>

#include "actors/directory_state.hpp"
#include "actors/mesh/remote_rows.hpp"
#include "replication/mesh_catalogue.hpp"
#include "tests/actors/virtual_time.hpp"
#include "tests/unit/replication/record_writer.hpp"

namespace edgemesh::actors {
namespace {

constexpr int nodes = 1000, models = 20, updates_per_view = 7;  // 66 changes of load a second (one per node and 15 s), ten views
#ifdef NDEBUG
constexpr double most_ms = 1;
#else
constexpr double most_ms = 20;
#endif

class DirectoryOfAThousandNodes : public virtual_time {
 protected:
  DirectoryOfAThousandNodes() {
    directory_deps deps;
    deps.publish = [this](auto table) { tables.push_back(std::move(table)); };
    directory = keep(spawn_directory(home(), std::move(deps)));
    proto::backend_content offered;
    for (int m = 0; m < models; ++m) {
      model_offer o;
      o.name = "model-" + std::to_string(m);
      offered.models.push_back(std::move(o));
    }
    content = proto::write_content(offered);
    const auto founding = w.admit(0, 0, 0);
    roster = std::make_unique<replication::roster>(w.root_of(founding), keys);
    std::vector<proto::sealed_record> members{founding};
    for (int n = 1; n < nodes; ++n) members.push_back(w.admit(0, n, n));
    roster->learn(members);
    catalogue.follow(*roster, replication::start_s);
    for (int n = 1; n < nodes; ++n) {
      learn(w.describe(n, n));
      learn(load_of(n, 0));
    }
  }
  proto::sealed_record load_of(int node, int in_flight, backend_health health = backend_health::ready) {
    proto::backend_body body;
    body.name = "b";
    body.data_class = "internal";
    body.health = health;
    body.load.in_flight = in_flight;
    body.content = keys.hash(content);
    body.content_size = static_cast<std::uint32_t>(content.size());
    return w.sign(node, 0, body);
  }
  void learn(const proto::sealed_record& r) {
    is_stale |= catalogue.apply(r, [this](const content_hash&) { return &content; });
  }
  void tell() {
    if (!std::exchange(is_stale, false)) return;
    auto rows = remote.update(catalogue.view(), [&](const replication::remote_node& n) {
      auto& way = ways[n.who.key];
      if (!way.cell) {
        way.node = n.who.name;
        way.site = n.who.site;
        way.local = false;
        way.hops = 1;
        // Opaque here: that there is one is all that counts.
        way.target = std::shared_ptr<const net::upstream_target>(std::shared_ptr<void>(), reinterpret_cast<const net::upstream_target*>(this));
        way.cell = std::make_shared<routing::path_cell>();
      }
      return std::vector{way};
    });
    if (remote.has_changed()) caf::anon_send(directory, remote_rows_told{std::move(rows)});
  }
  /// CPU milliseconds per update, over ten virtual seconds; `change` makes the next record.
  template <class F>
  double cost_of_updates(F&& change) {
    std::vector<proto::sealed_record> records;
    for (int i = 0; i < 100 * updates_per_view; ++i) records.push_back(change(1 + i % (nodes - 1), i));
    const auto begin = std::clock();
    for (std::size_t i = 0; i < records.size(); ++i) {
      learn(records[i]);
      if (i % updates_per_view != updates_per_view - 1) continue;
      tell();
      pass(milliseconds(100));
    }
    return 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / static_cast<double>(records.size());
  }

  replication::record_writer w;
  replication::fake_signing keys = replication::fake_signing::of(0);
  std::string content;
  std::unique_ptr<replication::roster> roster;
  data_classes classes;
  replication::mesh_catalogue catalogue{replication::key_of(0), data_classes()};
  remote_rows remote;
  std::map<node_key, routing::backend_path> ways;
  bool is_stale = false;
  std::vector<std::shared_ptr<const routing::route_table>> tables;
  directory_actor directory;
};

TEST_F(DirectoryOfAThousandNodes, AChangeOfLoadCostsLessThanAMillisecondAndNoTable) {
  tell();
  pass(seconds(1));
  ASSERT_EQ(tables.back()->offers_of("model-7").size(), static_cast<std::size_t>(nodes - 1));
  tables.clear();
  const double ms = cost_of_updates([this](int node, int i) { return load_of(node, i % 9); });
  std::printf("a change of load: %.3f ms of CPU each, %zu tables in 10 s\n", ms, tables.size());
  EXPECT_LE(ms, most_ms);
  EXPECT_TRUE(tables.empty()) << "load stands in the cells";
}

TEST_F(DirectoryOfAThousandNodes, AChangeOfWhatIsOfferedIsPublishedAtMostTenTimesASecond) {
  tell();
  pass(seconds(1));
  tables.clear();
  const double ms = cost_of_updates([this](int node, int i) {
    proto::backend_body body;
    body.name = "b";
    body.data_class = "internal";
    body.priority = i % 5 + 1;
    body.content = keys.hash(content);
    body.content_size = static_cast<std::uint32_t>(content.size());
    return w.sign(node, 0, body);
  });
  std::printf("a change of what is offered: %.3f ms of CPU each, %zu tables in 10 s\n", ms, tables.size());
  EXPECT_LE(tables.size(), 101u);
  EXPECT_GE(tables.size(), 90u);
}

TEST_F(DirectoryOfAThousandNodes, HealthIsReadFromTheCellWithoutANewTable) {
  tell();
  pass(seconds(1));
  tables.clear();
  learn(load_of(5, 3, backend_health::down));
  tell();
  pass(seconds(1));
  EXPECT_TRUE(tables.empty());
  int down = 0;
  for (const auto& row : remote.update(catalogue.view(), [&](const replication::remote_node& n) { return std::vector{ways[n.who.key]}; }))
    down += row.row->cell->health.load() == backend_health::down;
  EXPECT_EQ(down, 1);
  EXPECT_FALSE(remote.has_changed());
}

}  // namespace
}  // namespace edgemesh::actors
