#include "actors/keeper_state.hpp"

#include "tests/actors/virtual_time.hpp"

namespace edgemesh::actors {
namespace {

using namespace std::chrono_literals;

class KeeperActor : public virtual_time {
 protected:
  /// One backend or discovery actor that the keeper made, as a recorder.
  struct child {
    backend_spec spec;
    bool has_first = false;
    bool is_alive = true;
    std::vector<std::string> heard;
    std::vector<reply_slot<backend_view_ptr>> probes;
    backend_actor actor;
  };
  struct lookout {
    std::vector<look_now> looks;
    std::vector<ip_endpoint> claimed;
    bool is_on = false;
  };

  backend_actor make_child(backend_spec spec, std::shared_ptr<const probe_result> first) {
    auto c = std::make_shared<child>();
    c->spec = std::move(spec);
    c->has_first = first != nullptr;
    c->actor = keep_later(system().spawn(
        [](backend_actor::pointer self, std::shared_ptr<child> me) -> backend_actor::behavior_type {
          self->attach_functor([me](const caf::error&) { me->is_alive = false; });
          return {[](const probe_ended&) {},
                  [](const names_resolved&) {},
                  [me](const attempt_reported&) { me->heard.push_back("attempt"); },
                  [](const wake_up&) {},
                  [me](const drain_backend& m) { me->heard.push_back(m.is_draining ? "drain" : "enable"); },
                  [me](const probe_backend& m) { me->probes.push_back(m.reply); },
                  [me](const inspect_backend&) { me->heard.push_back("inspect"); },
                  [me](const reconfigure_backend& m) { me->heard.push_back("reconfigure"), me->spec = m.spec; }};
        },
        c));
    children.push_back(c);
    return c->actor;
  }
  discovery_actor make_lookout(bool is_on) {
    out.is_on = is_on;
    return keep_later(system().spawn(
        [](discovery_actor::pointer, lookout* l) -> discovery_actor::behavior_type {
          return {[l](const look_now& m) { l->looks.push_back(m); }, [](const look_due&) {}, [](const scan_ended&) {},
                  [l](const endpoints_claimed& m) { l->claimed = m.endpoints; },
                  [l](const discovery_switched& m) { l->is_on = m.is_on; }};
        },
        &out));
  }
  template <class Handle>
  Handle keep_later(Handle h) {  // made inside a turn: the test settles outside
    made.push_back(caf::actor_cast<caf::strong_actor_ptr>(h));
    return h;
  }
  static backend_spec spec(std::string name_of_backend, std::string url) {
    backend_spec s;
    s.settings.name = std::move(name_of_backend);
    s.settings.kind = backend_kind::ollama;
    s.settings.url = *parse_backend_url(url);
    return s;
  }
  keeper_actor spawn(std::vector<backend_spec> configured) {
    keeper_deps deps;
    deps.configured.backends = std::move(configured);
    deps.configured.is_discovery_on = true;
    deps.configured.discovered.is_discovered = true;
    deps.make_backend = [this](keeper_actor, backend_spec s, auto first) { return make_child(std::move(s), std::move(first)); };
    deps.make_discovery = [this](keeper_actor, bool is_on) { return make_lookout(is_on); };
    deps.directory = recording_directory(&listed);
    return keep(spawn_keeper(home(), std::move(deps)));
  }
  static endpoints_found found(std::uint16_t port) {
    auto r = std::make_shared<probe_result>();
    r->report.kind = backend_kind::ollama;
    r->report.health = backend_health::ready;
    return {{{{*parse_ip("127.0.0.1"), port}, std::move(r)}}, {}};
  }
  backends_configured configured(std::vector<backend_spec> all) {
    backends_configured c{std::move(all), true, {}};
    c.discovered.is_discovered = true;
    return c;
  }
  void TearDown() override {
    for (auto& a : made) caf::anon_send_exit(a, caf::exit_reason::kill);
    settle();
    children.clear();
    made.clear();
    out = {};
    settle();
    virtual_time::TearDown();
  }

  std::vector<std::shared_ptr<child>> children;
  std::vector<caf::strong_actor_ptr> made;
  lookout out;
  directory_log listed;
};

TEST_F(KeeperActor, MakesAnActorPerConfiguredBackend) {
  spawn({spec("a", "http://127.0.0.1:1"), spec("b", "http://127.0.0.1:2")});
  EXPECT_EQ(children.size(), 2u);
  EXPECT_EQ(out.claimed.size(), 2u);
}

TEST_F(KeeperActor, AdoptsWhatDiscoveryFinds) {
  const auto k = spawn({});
  tell(k, found(11434));
  ASSERT_EQ(children.size(), 1u);
  EXPECT_EQ(children[0]->spec.settings.name, "ollama-11434");
  EXPECT_EQ(children[0]->spec.settings.url.to_string(), "http://127.0.0.1:11434");
  EXPECT_TRUE(children[0]->spec.is_discovered);
  EXPECT_TRUE(children[0]->has_first);
  tell(k, found(11434));
  EXPECT_EQ(children.size(), 1u) << "once";
}

TEST_F(KeeperActor, AConfiguredBackendWinsOverTheDiscoveredOne) {
  const auto k = spawn({spec("mine", "http://localhost:11434")});
  tell(k, found(11434));
  EXPECT_EQ(children.size(), 1u);
}

TEST_F(KeeperActor, ADiscoveredBackendGivesWayWhenAConfiguredNameLeadsToIt) {
  const auto k = spawn({spec("mine", "http://box.test:11434")});
  tell(k, found(11434));
  ASSERT_EQ(children.size(), 2u);
  tell(k, addresses_known{"mine", {{*parse_ip("127.0.0.1"), 11434}}});
  EXPECT_FALSE(children[1]->is_alive);
  EXPECT_EQ(listed.unlisted, std::vector<std::string>{"ollama-11434"});
  tell(k, found(11434));
  EXPECT_EQ(children.size(), 2u);
}

TEST_F(KeeperActor, ANameThatIsTakenGetsASuffix) {
  const auto k = spawn({spec("ollama-11434", "http://10.0.0.9:11434")});
  tell(k, found(11434));
  ASSERT_EQ(children.size(), 2u);
  EXPECT_EQ(children[1]->spec.settings.name, "ollama-11434-local");
}

TEST_F(KeeperActor, ForgetsAVanishedBackendAndFindsItAgain) {
  const auto k = spawn({});
  tell(k, found(11434));
  tell(k, backend_vanished{"ollama-11434"});
  EXPECT_FALSE(children[0]->is_alive);
  EXPECT_TRUE(out.claimed.empty());
  tell(k, found(11434));
  EXPECT_EQ(children.size(), 2u);
}

TEST_F(KeeperActor, AReloadAddsChangesAndRemoves) {
  const auto k = spawn({spec("stays", "http://127.0.0.1:1"), spec("goes", "http://127.0.0.1:2"), spec("moves", "http://127.0.0.1:3")});
  auto stays = spec("stays", "http://127.0.0.1:1");
  stays.settings.concurrency = 5;
  tell(k, configured({stays, spec("moves", "http://127.0.0.1:4"), spec("new", "http://127.0.0.1:5")}));
  EXPECT_EQ(children[0]->heard, std::vector<std::string>{"reconfigure"});
  EXPECT_TRUE(children[0]->is_alive);
  EXPECT_FALSE(children[1]->is_alive);
  EXPECT_FALSE(children[2]->is_alive) << "another place is another backend";
  ASSERT_EQ(children.size(), 5u);
  EXPECT_EQ(children[3]->spec.settings.name, "moves");
  EXPECT_EQ(children[4]->spec.settings.name, "new");
}

TEST_F(KeeperActor, AReloadThatChangesNothingTouchesNobody) {
  const auto k = spawn({spec("a", "http://127.0.0.1:1")});
  tell(k, configured({spec("a", "http://127.0.0.1:1")}));
  EXPECT_EQ(children.size(), 1u);
  EXPECT_TRUE(children[0]->heard.empty());
}

TEST_F(KeeperActor, SwitchingDiscoveryOffRemovesWhatItFound) {
  const auto k = spawn({});
  tell(k, found(11434));
  auto off = configured({});
  off.is_discovery_on = false;
  tell(k, off);
  EXPECT_FALSE(children[0]->is_alive);
  EXPECT_FALSE(out.is_on);
}

TEST_F(KeeperActor, AMissingModelIsLookedForEverywhereThenAnswered) {
  const auto k = spawn({spec("a", "http://127.0.0.1:1")});
  int answers = 0;
  const reply_slot<bool> slot([&](std::optional<bool> looked) { answers += looked.value_or(false) ? 1 : 0; });
  tell(k, model_missed{slot});
  ASSERT_EQ(out.looks.size(), 1u);
  ASSERT_EQ(children[0]->probes.size(), 1u);
  out.looks.clear();
  settle();
  EXPECT_EQ(answers, 0);
  children[0]->probes.clear();
  settle();
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(listed.flushes, 1) << "answered when the table has what was found";
}

TEST_F(KeeperActor, MissesShareOneSearch) {
  const auto k = spawn({spec("a", "http://127.0.0.1:1")});
  int answers = 0;
  for (int i = 0; i < 5; ++i) tell(k, model_missed{reply_slot<bool>([&](std::optional<bool>) { ++answers; })});
  EXPECT_EQ(children[0]->probes.size(), 1u);
  out.looks.clear();
  children[0]->probes.clear();
  settle();
  EXPECT_EQ(answers, 5);
}

TEST_F(KeeperActor, SearchesAreTwoSecondsApart) {
  const auto k = spawn({});
  tell(k, model_missed{});
  out.looks.clear();
  settle();
  std::optional<bool> looked;
  tell(k, model_missed{reply_slot<bool>([&](std::optional<bool> l) { looked = l; })});
  EXPECT_EQ(looked, false) << "answered at once, without a search";
  pass(2025ms);
  tell(k, model_missed{});
  EXPECT_EQ(out.looks.size(), 1u);
}

TEST_F(KeeperActor, ASearchEndsAlsoWhenABackendsActorDies) {
  const auto k = spawn({spec("a", "http://127.0.0.1:1")});
  bool is_answered = false;
  tell(k, model_missed{reply_slot<bool>([&](std::optional<bool>) { is_answered = true; })});
  out.looks.clear();
  tell(k, configured({}));
  children[0]->probes.clear();
  settle();
  EXPECT_TRUE(is_answered);
}

TEST_F(KeeperActor, ARecoveredBackendIsAReasonToLook) {
  const auto k = spawn({spec("a", "http://127.0.0.1:1")});
  tell(k, backend_recovered{"a"});
  EXPECT_EQ(out.looks.size(), 1u);
}

TEST_F(KeeperActor, PassesReportsAndQuestionsOn) {
  const auto k = spawn({spec("a", "http://127.0.0.1:1")});
  tell(k, tell_backend{"a", {}});
  tell(k, ask_backend{ask_backend::what::drain, "a", {}});
  tell(k, ask_backend{ask_backend::what::enable, "a", {}});
  tell(k, ask_backend{ask_backend::what::inspect, "a", {}});
  EXPECT_EQ(children[0]->heard, (std::vector<std::string>{"attempt", "drain", "enable", "inspect"}));
}

TEST_F(KeeperActor, AnUnknownBackendIsNoAnswer) {
  const auto k = spawn({});
  bool is_empty = false;
  tell(k, ask_backend{ask_backend::what::inspect, "nobody", reply_slot<backend_view_ptr>([&](auto v) { is_empty = !v; })});
  EXPECT_TRUE(is_empty);
}

TEST_F(KeeperActor, ExitsItsChildren) {
  const auto k = spawn({spec("a", "http://127.0.0.1:1")});
  end(k);
  EXPECT_FALSE(children[0]->is_alive);
}

}  // namespace
}  // namespace edgemesh::actors
