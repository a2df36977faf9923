// Nodes of a mesh for tests, all in this process: each has a middleman, a control loop and a membership loop of its own, and they are joined by
// socket pairs instead of TLS, so that a test can cut what it likes. Real time.
#pragma once
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <caf/all.hpp>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "actors/mesh/links_state.hpp"
#include "actors/mesh/membership_state.hpp"
#include "actors/runtime/event_loop.hpp"
#include "actors/runtime/house_config.hpp"
#include "tests/support/fake_signing.hpp"

namespace edgemesh::actors {

inline node_key key_of(std::uint64_t n) { return testing::fake_signing::key(n); }

/// Waits for what other threads bring about.
inline bool eventually(const std::function<bool()>& f, milliseconds patience = milliseconds(8000)) {
  for (const auto until = steady_clock::now() + patience; steady_clock::now() < until;) {
    if (f()) return true;
    std::promise<void> never;
    never.get_future().wait_for(milliseconds(2));
  }
  return f();
}

/// Who can be dialled, and the cables between them.
class test_cables {
 public:
  ~test_cables() { cut_all(); }
  void register_node(const node_key& key, links_actor links) {
    const std::lock_guard guard(mutex_);
    reachable_[key] = std::move(links);
  }
  void forget(const node_key& key) {
    const std::lock_guard guard(mutex_);
    reachable_.erase(key);
  }
  void dial(const node_key& from, links_actor dialler, const node_key& to) {
    const std::lock_guard guard(mutex_);
    ++dials_;
    const auto at = reachable_.find(to);
    if (at == reachable_.end()) return caf::anon_send(dialler, dial_failed{to, "nobody listens there"});
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    const auto here = std::make_shared<cable_end>(ends[0], true), there = std::make_shared<cable_end>(ends[1], false);
    ends_.insert(ends_.end(), {here, there});
    caf::anon_send(at->second, wire_ready{from, false, there});
    caf::anon_send(dialler, wire_ready{to, true, here});
  }
  void cut_all() {
    const std::lock_guard guard(mutex_);
    for (const auto& e : std::exchange(ends_, {})) e->close();
  }
  int dials() {
    const std::lock_guard guard(mutex_);
    return dials_;
  }

 private:
  /// BASP gets the descriptor itself; a copy of it stays here, to cut the cable.
  class cable_end final : public wire {
   public:
    cable_end(int fd, bool is_dialled) : fd_(fd), copy_(::dup(fd)), is_dialled_(is_dialled) {}
    ~cable_end() override {
      close();
      if (waits_.joinable()) waits_.join();
      ::close(copy_);
      if (fd_ != -1) ::close(fd_);
    }
    void start(std::function<void(int)> opened, std::function<void(std::string)>) override {
      const int fd = std::exchange(fd_, -1);
      if (!is_dialled_) return opened(fd);
      waits_ = std::thread([this, opened, fd] {
        pollfd readable{copy_, POLLIN, 0};
        ::poll(&readable, 1, 10000);
        opened(fd);
      });
    }
    void close() override { ::shutdown(copy_, SHUT_RDWR); }

   private:
    int fd_;
    const int copy_;
    bool is_dialled_;
    std::thread waits_;
  };
  std::mutex mutex_;
  std::map<node_key, links_actor> reachable_;
  std::vector<std::shared_ptr<cable_end>> ends_;
  int dials_ = 0;
};

/// A node with links and membership alone.
class mesh_node {
 public:
  mesh_node(const node_key& self, test_cables& cables, bool can_be_dialled = true)
      : key(self), signing_(self), cables_(cables), can_be_dialled_(can_be_dialled), config_(self), system_(config_),
        control_unit_(system_, control_.io()), membership_unit_(system_, membership_loop_.io()) {
    static std::atomic<int> lives{0};
    hello_.instance = "life " + std::to_string(++lives);
    control_.start();
    membership_loop_.start();
  }
  ~mesh_node() {
    if (can_be_dialled_) cables_.forget(key);
    caf::anon_send_exit(links_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(membership_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(store_, caf::exit_reason::user_shutdown);
    system_.await_all_actors_done();  // until then they read the handles below on their own threads
    links_ = links_actor();
    membership_ = membership_actor();
    store_ = store_actor();
    membership_loop_.stop();
    control_.stop();
  }
  void speaks(std::uint8_t min, std::uint8_t max) { hello_.version_min = min, hello_.version_max = max; }

  /// The members, as the replicator would tell them.
  void knows(const std::vector<const mesh_node*>& members) {
    if (!links_) start();
    nodes_told told;
    members_told keys;
    for (const auto* m : members) {
      told.nodes.push_back({{m->key, "", m->is_dialable}, m->key.brief(), m->is_dialable ? m->key.to_hex() : "", false});
      keys.members.push_back({m->key, ""});
    }
    caf::anon_send(membership_, keys);
    caf::anon_send(links_, told);
  }

  std::vector<link_view> links() {
    std::promise<std::vector<link_view>> p;
    caf::anon_send(links_, inspect_links{reply_slot<std::vector<link_view>>([&](auto v) { p.set_value(std::move(*v)); })});
    return p.get_future().get();
  }
  std::optional<link_view> link_to(const mesh_node& other) {
    for (auto& v : links())
      if (v.peer == other.key) return v;
    return std::nullopt;
  }
  bool is_linked_to(const mesh_node& other) {
    return eventually([&] { const auto v = link_to(other); return v && v->phase == link_phase::up; });
  }
  std::string problem_with(const mesh_node& other) { const auto v = link_to(other); return v ? v->problem : ""; }
  int version_with(const mesh_node& other) { const auto v = link_to(other); return v ? v->version : 0; }
  std::size_t links_open() {
    std::size_t n = 0;
    for (const auto& v : links()) n += v.phase == link_phase::up || v.phase == link_phase::opening;
    return n;
  }
  bool holds(const mesh_node& other, membership::member_state state) {
    return eventually([&] {
      for (const auto& m : membership().members)
        if (m.key == other.key && m.state == state) return true;
      return false;
    });
  }
  membership_report membership() {
    std::promise<membership_report> p;
    caf::anon_send(membership_, inspect_membership{reply_slot<membership_report>([&](auto v) { p.set_value(std::move(*v)); })});
    return p.get_future().get();
  }
  int ups() const { return ups_; }
  int downs() const { return downs_; }
  int twins() const { return twins_; }

  const node_key key;
  bool is_dialable = true;
  milliseconds crossing = crossing_max;

 private:
  static std::int64_t wall() {
    return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  static store_actor::behavior_type quick_store(store_actor::pointer, int) {
    return {[](const keep_incarnation& m) { m.reply.complete(true); }, [](const keep_records&) {},
            [](const forget_mesh& m) { m.reply.complete(true); }, [](const store_done& m) { m.reply.complete(true); },
            [](const make_next_key& m) { m.reply.complete(nullptr); }, [](const settle_next_key& m) { m.reply.complete(false); }};
  }
  void start() {
    store_ = system_.spawn(quick_store, 0);
    membership_deps m{{signing_, mesh_, membership::swim_options::lan(), key.bytes[0], 1}, wall, {}, {}, store_};
    m.want_link = [this](const node_key& to) { caf::anon_send(links_, link_wished{to}); };
    m.changed = [this](const membership::state_changed& c) { caf::anon_send(links_, liveness_told{c.who, c.to}); };
    links_deps l{key, mesh_, hello_, wall, {}, {}, {}, {}, {}, {}, {}, {}};
    l.dial = [this](links_actor me, const node_key& to, const std::string&) { cables_.dial(key, std::move(me), to); };
    l.make_link = [this](link_deps d) { return spawn_link({system_, &membership_unit_}, std::move(d)); };
    l.up = [this](const link_up&) { ++ups_; };
    l.down = [this](const link_down&) { ++downs_; };
    l.record_frame = [](const frame_arrived&) {};
    l.greeted = [](const node_key&, std::shared_ptr<const proto::hello>, std::int64_t) {};
    l.twin_seen = [this](const node_key&) { ++twins_; };
    l.crossing = crossing;
    l.pauses = {milliseconds(50), milliseconds(200)};
    membership_ = spawn_membership({system_, &membership_unit_}, std::move(m));
    l.membership = membership_;
    links_ = spawn_links({system_, &control_unit_}, std::move(l));
    if (can_be_dialled_) cables_.register_node(key, links_);
  }

  testing::fake_signing signing_;
  const mesh_id mesh_{};
  proto::hello hello_;
  test_cables& cables_;
  bool can_be_dialled_;
  event_loop control_, membership_loop_;
  house_config config_;
  caf::actor_system system_;
  core_unit control_unit_, membership_unit_;
  links_actor links_;
  membership_actor membership_;
  store_actor store_;
  std::atomic<int> ups_{0}, downs_{0}, twins_{0};
};

}  // namespace edgemesh::actors
