// Whole nodes of a mesh in one process, but for HTTP: real keys, TLS over loopback, BASP, membership, gossip and stores.
#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <filesystem>

#include "actors/directory_state.hpp"
#include "actors/mesh/mesh_host.hpp"
#include "actors/runtime/house_config.hpp"
#include "base/log.hpp"
#include "net/secure_random.hpp"
#include "net/upstream_target.hpp"
#include "store/mesh_state.hpp"
#include "tests/actors/mesh_nodes.hpp"

namespace edgemesh::actors {
namespace {

namespace fs = std::filesystem;

std::int64_t unix_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A mesh that is founded in memory: who is admitted, as records.
struct founded_mesh {
  founded_mesh() {
    const auto record = admit(*founder, "a");
    root = {id, founder->hash(record.raw)};
    records.push_back(record);
  }
  proto::sealed_record admit(const net::mesh_identity& who, const std::string& name, std::int64_t seconds_left = 3600) {
    proto::member_body body;
    body.subject = who.own_key();
    body.name = name;
    body.site = "here";
    body.role = node_role::full;
    body.clearance = "confidential";
    body.not_after = unix_ms() / 1000 + seconds_left;
    return proto::seal({*founder, id, {1, ++sequence}, unix_ms()}, body);
  }
  const net::shared_identity founder = net::make_identity();
  const mesh_id id = net::random_mesh_id();
  replication::roster::root root;
  std::vector<proto::sealed_record> records;
  std::uint64_t sequence = 0;
};

class host_node {
 public:
  host_node(const founded_mesh& mesh, net::shared_identity identity, const std::string& name, fs::path folder,
            const std::string& advertise = "")
      : key(identity->own_key()), name_(name), folder_(std::move(folder)), config_(key), system_(config_), unit_(system_, control_.io()),
        resolver_(control_.io()) {
    settings::node_settings s;
    s.node.name = name;
    s.node.site = "here";
    s.listen.mesh = s.listen.peer = {"127.0.0.1", 0};
    s.data_dir = folder_;
    s.node.is_undialled = advertise == "none";
    if (!advertise.empty() && !s.node.is_undialled) s.node.advertise = *parse_host_port(advertise);
    auto life = std::make_unique<mesh_life>();
    life->identity = std::move(identity);
    auto disk = store::open_store(folder_);
    EXPECT_TRUE(disk) << disk.error().message;
    life->disk = std::move(*disk);
    life->root = mesh.root;
    life->records = mesh.records;
    life->incarnation = 10;
    mesh_host_deps deps{control_, membership_loop_, system_, unit_, resolver_, s, std::move(life), {}, {}, key.bytes[0]};
    deps.facts_are = [this](std::shared_ptr<const http::mesh_facts> f) { peers_ = f ? f->peers.size() : 0; };
    // What it lends is kept; nobody serves on it here.
    deps.peer_arrived = [this](net::mesh_connection c, http::lent_watch) { lent_.push_back(std::move(c)); };
    host_ = std::make_unique<mesh_host>(std::move(deps));
    const auto listening = host_->listen();
    EXPECT_TRUE(listening) << listening.error().message;
  }
  ~host_node() {
    host_->stop();
    caf::anon_send_exit(directory_, caf::exit_reason::user_shutdown);
    system_.await_all_actors_done();
    control_.stop();
    membership_loop_.stop();
    lent_.clear();
    host_.reset();
    directory_ = directory_actor();
  }
  void start() {
    directory_deps d;
    d.publish = [this](std::shared_ptr<const routing::route_table> t) {
      const std::lock_guard guard(mutex_);
      table_ = std::move(t);
    };
    d.own_backend_is = [this](const routing::backend_row& r, const backend_view& v) { host_->own_backend_is(r, v); };
    d.own_backend_gone = [this](const std::string& n) { host_->own_backend_gone(n); };
    directory_ = spawn_directory({system_, &unit_}, std::move(d));
    host_->start(directory_);
    control_.start();
  }
  /// As a backend's actor would tell it.
  void offers(const std::string& backend, const std::string& model, const std::string& id = "") {
    auto row = std::make_shared<routing::backend_row>();
    row->name = backend;
    row->node = name_;
    row->cell = cell_;
    row->data_class_configured = true;
    model_offer offer;
    offer.name = offer.upstream = model;
    row->models.push_back(offer);
    auto& own = row->paths.emplace_back();
    own.node = name_;
    own.target = std::make_shared<const net::upstream_target>();
    auto view = std::make_shared<backend_view>();
    view->name = backend;
    view->id = id;
    view->health = backend_health::ready;
    view->cell = cell_;
    caf::anon_send(directory_, backend_listed{row, view});
  }
  void offers_no_more(const std::string& backend) { caf::anon_send(directory_, backend_unlisted{backend}); }
  std::vector<std::string> ways_to(const std::string& model) {
    const std::lock_guard guard(mutex_);
    std::vector<std::string> ways;
    if (!table_) return ways;
    for (const auto& c : table_->candidates_for(model)) 
      ways.push_back(c.path->node + "/" + c.backend->name + (c.path->local ? " own" : "") + (c.path->target->lender ? " lent" : "") +
                     (c.path->via.empty() ? "" : " via " + c.path->via));
    return ways;
  }
  bool reaches(const std::string& model, const std::vector<std::string>& ways) {
    return eventually([&] { return ways_to(model) == ways; });
  }
  void publish(const proto::sealed_record& record) { caf::anon_send(host_->replicator(), publish_record{record, {}}); }
  std::size_t peers() const { return peers_; }
  std::size_t links_up() {
    std::promise<std::vector<link_view>> p;
    caf::anon_send(host_->links(), inspect_links{reply_slot<std::vector<link_view>>([&](auto v) { p.set_value(std::move(*v)); })});
    std::size_t n = 0;
    for (const auto& v : p.get_future().get()) n += v.phase == link_phase::up;
    return n;
  }
  mesh_report report() {
    std::promise<mesh_report> p;
    caf::anon_send(host_->replicator(), inspect_mesh{reply_slot<mesh_report>([&](auto r) { p.set_value(std::move(*r)); })});
    return p.get_future().get();
  }
  /// True when the disk has forgotten the mesh.
  bool leaves() {
    std::promise<bool> p;
    control_.post([&] { host_->leave([&](bool ok) { p.set_value(ok); }); });
    return p.get_future().get();
  }
  std::string problem_with(const node_key& other) {
    std::promise<std::vector<link_view>> p;
    caf::anon_send(host_->links(), inspect_links{reply_slot<std::vector<link_view>>([&](auto v) { p.set_value(std::move(*v)); })});
    for (const auto& v : p.get_future().get())
      if (v.peer == other) return v.problem;
    return "";
  }
  std::uint64_t refusals(key_standing s) const { return host_->refusals(s); }
  bool holds_as_left(const node_key& other) {
    std::promise<membership_report> p;
    caf::anon_send(host_->membership(), inspect_membership{reply_slot<membership_report>([&](auto r) { p.set_value(std::move(*r)); })});
    for (const auto& m : p.get_future().get().members)
      if (m.key == other) return m.state == membership::member_state::left;
    return false;
  }
  std::string mesh_address() const { return host_->mesh_address(); }
  const node_key key;

 private:
  std::string name_;
  fs::path folder_;
  event_loop control_, membership_loop_;
  house_config config_;
  caf::actor_system system_;
  core_unit unit_;
  net::name_resolver resolver_;
  std::unique_ptr<mesh_host> host_;
  std::vector<net::mesh_connection> lent_;  // on the control loop
  directory_actor directory_;
  std::mutex mutex_;
  std::shared_ptr<const routing::route_table> table_;
  std::shared_ptr<backend_cell> cell_ = std::make_shared<backend_cell>();
  std::atomic<std::size_t> peers_{0};
};

class MeshHost : public ::testing::Test {
 protected:
  MeshHost() : folder_(fs::temp_directory_path() / ("mesh_host_test." + std::to_string(::getpid()))) {
    log::configure(log::level::off, log::format::text);
    fs::create_directories(folder_);
  }
  ~MeshHost() override { fs::remove_all(folder_); }
  /// `b` knows from its join where `a` is.
  void admit_second(const std::string& advertise = "", std::int64_t seconds_left = 3600) {
    mesh.records.push_back(mesh.admit(*second, "b", seconds_left));
    mesh.records.push_back(mesh.admit(*third, "c"));
    a.emplace(mesh, mesh.founder, "a", folder_ / "a");
    proto::node_body where;
    where.mesh_address = a->mesh_address();
    mesh.records.push_back(proto::seal({*mesh.founder, mesh.id, {9, 1}, unix_ms()}, where));
    b.emplace(mesh, second, "b", folder_ / "b", advertise);
    a->start();
    b->start();
  }
  fs::path folder_;
  founded_mesh mesh;
  void add_third(const std::string& advertise) {
    c.emplace(mesh, third, "c", folder_ / "c", advertise);
    c->start();
  }
  const net::shared_identity second = net::make_identity(), third = net::make_identity();
  std::optional<host_node> a, b, c;
};

TEST_F(MeshHost, TwoNodesLinkAndKnowTheSame) {
  admit_second();
  EXPECT_TRUE(eventually([&] { return a->links_up() == 1 && b->links_up() == 1; }));
  EXPECT_TRUE(eventually([&] { return a->report().summary == b->report().summary && a->report().records >= 4; }));
  EXPECT_TRUE(eventually([&] { return a->peers() == 2 && b->peers() == 2; }));
}

TEST_F(MeshHost, ABackendOfOneNodeIsACandidateOfTheOther) {
  admit_second();
  a->offers("gpu", "llama3");
  EXPECT_TRUE(b->reaches("llama3", {"a/gpu"}));
  EXPECT_TRUE(a->reaches("llama3", {"a/gpu own"}));
  a->offers_no_more("gpu");
  EXPECT_TRUE(b->reaches("llama3", {}));
}

TEST_F(MeshHost, ABackendOfOneIdOnBothIsOneWithTwoWays) {
  admit_second();
  a->offers("gpu", "llama3", "the-gpu");
  b->offers("card", "llama3", "the-gpu");
  EXPECT_TRUE(b->reaches("llama3", {"b/card own", "a/card"}));
  EXPECT_TRUE(a->reaches("llama3", {"a/gpu own", "b/gpu"}));
}

TEST_F(MeshHost, ANodeThatLeavesIsHeldAsGoneAndForgetsTheMesh) {
  admit_second();
  b->offers("gpu", "llama3");
  ASSERT_TRUE(a->reaches("llama3", {"b/gpu"}));
  EXPECT_TRUE(b->leaves());
  EXPECT_TRUE(eventually([&] { return a->links_up() == 0 && a->holds_as_left(b->key); }));
}

TEST_F(MeshHost, ANodeWhoseMembershipHasEndedIsRefusedWithWordsOnBothSides) {
  admit_second("", -1000);
  EXPECT_TRUE(eventually([&] { return b->problem_with(a->key).ends_with("to it our membership has ended"); })) << b->problem_with(a->key);
  EXPECT_EQ(b->report().standing, key_standing::ended);
  EXPECT_EQ(a->links_up(), 0u);
  EXPECT_GT(a->refusals(key_standing::ended), 0u);
  // Renewed, it is let in.
  const auto renewed = mesh.admit(*second, "b");
  a->publish(renewed);
  b->publish(renewed);
  EXPECT_TRUE(eventually([&] { return a->links_up() == 1 && b->links_up() == 1; }, seconds(20)));
}

TEST_F(MeshHost, AnEvictedNodeIsOutWithinASecond) {
  admit_second();
  b->offers("gpu", "llama3");
  ASSERT_TRUE(a->reaches("llama3", {"b/gpu"}));
  ASSERT_TRUE(eventually([&] { return a->links_up() == 1; }));
  const auto before = steady_clock::now();
  proto::eviction_body eviction;
  eviction.subject = b->key;
  eviction.since_ms = unix_ms();
  a->publish(proto::seal({*mesh.founder, mesh.id, {9, 2}, unix_ms()}, eviction));
  EXPECT_TRUE(eventually([&] { return a->links_up() == 0 && a->ways_to("llama3").empty(); }));
  EXPECT_LT(steady_clock::now() - before, seconds(1));
}

TEST_F(MeshHost, ANodeThatNobodyCanDialIsReachedByWhatItLends) {
  admit_second("none");
  b->offers("gpu", "llama3");
  EXPECT_TRUE(a->reaches("llama3", {"b/gpu lent"}));
}

TEST_F(MeshHost, TwoSuchNodesReachEachOtherByARelay) {
  admit_second("none");
  add_third("none");
  b->offers("gpu", "llama3");
  c->offers("card", "qwen");
  EXPECT_TRUE(c->reaches("llama3", {"b/gpu via a"}));
  EXPECT_TRUE(b->reaches("qwen", {"c/card via a"}));
  EXPECT_TRUE(a->reaches("qwen", {"c/card lent"}));
}

TEST_F(MeshHost, ANodeWhoseAddressDoesNotAnswerLendsToWhoIsLinkedWithIt) {
  admit_second("127.0.0.1:1");  // it dials, and so it is linked
  b->offers("gpu", "llama3");
  EXPECT_TRUE(a->reaches("llama3", {"b/gpu lent"}));
}

TEST_F(MeshHost, ANodeThatIsThrownOutLendsNothingAnyMore) {
  admit_second("none");
  b->offers("gpu", "llama3");
  ASSERT_TRUE(a->reaches("llama3", {"b/gpu lent"}));
  proto::eviction_body eviction;
  eviction.subject = b->key;
  eviction.since_ms = unix_ms();
  a->publish(proto::seal({*mesh.founder, mesh.id, {9, 2}, unix_ms()}, eviction));
  EXPECT_TRUE(a->reaches("llama3", {}));
}

}  // namespace
}  // namespace edgemesh::actors
