#include "actors/node.hpp"

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <caf/all.hpp>
#include <csignal>
#include <future>
#include <random>
#include <thread>

#include "actors/admin_answers.hpp"
#include "actors/backend_specs.hpp"
#include "actors/backend_state.hpp"
#include "actors/directory_state.hpp"
#include "actors/discovery_state.hpp"
#include "actors/drain.hpp"
#include "actors/keeper_state.hpp"
#include "actors/local_scan.hpp"
#include "actors/mesh/join_mesh.hpp"
#include "actors/mesh/mesh_host.hpp"
#include "actors/probe_runner.hpp"
#include "actors/runtime/house_config.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "http/admin_server.hpp"
#include "net/listener.hpp"
#include "net/name_resolver.hpp"
#include "platform/memory.hpp"
#include "platform/process_limits.hpp"

namespace edgemesh::actors {
namespace asio = boost::asio;

namespace {

constexpr std::size_t finished_requests_max = 10000;
constexpr seconds end_patience{10};

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) ^ device();
}

std::string hex16(std::uint64_t v) {
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(v >> shift) & 15];
  return out;
}

int shard_count(const settings::node_settings& s) {
  return s.threads > 0 ? s.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

std::string bound_address(const host_port& asked, const asio::ip::tcp::acceptor& acceptor) {
  return host_port{asked.host, acceptor.local_endpoint().port()}.to_string();
}

class node {
 public:
  node(settings::node_settings settings, settings::source from, std::unique_ptr<mesh_life> life)
      : shared_(settings.limits.memory.of(platform::machine_memory_bytes())),
        shards_(shard_count(settings), shared_, finished_requests_max),
        membership_loop_(life ? std::make_unique<event_loop>() : nullptr),
        config_(life ? std::optional(life->identity->own_key()) : std::nullopt),
        system_(config_),
        unit_(system_, control_.io()),
        resolver_(control_.io()),
        reloader_(control_.io(), std::move(settings), std::move(from),
                  [this](const auto& next, const auto& change) { apply(next, change); }),
        admin_({control_.io(), shards_, shared_, reloader_, random_seed()}),
        drain_(control_.io(), shards_, shared_, [this] { ended_.set_value(); }),
        signals_(control_.io(), SIGTERM, SIGINT, SIGHUP) {
    if (life) make_mesh(std::move(life));
  }

  result<void> listen();
  void start();
  void wait() { ended_.get_future().wait(); }
  void stop();

 private:
  actor_home home() { return {system_, &unit_}; }
  const settings::node_settings& settings() const { return reloader_.current(); }
  result<void> listen_api();
  result<void> listen_admin(const host_port& at, const char* key, bool metrics_only, std::string& bound);
  void make_mesh(std::unique_ptr<mesh_life> life);
  void adopt(net::mesh_connection connection);
  void spawn_directory_actor();
  void spawn_keeper_actor();
  backend_actor make_backend(keeper_actor parent, backend_spec spec, std::shared_ptr<const probe_result> first);
  discovery_actor make_discovery(keeper_actor parent, bool is_on);
  void apply(const settings::node_settings& next, const settings::change& change);
  void apply_options(const settings::node_settings& next);
  void on_signal();

  // Destroyed from the bottom up: the actor system before the loops that its actors lived on.
  node_shared shared_;
  event_loop control_;
  shard_set shards_;
  std::unique_ptr<event_loop> membership_loop_;  // in a mesh
  house_config config_;
  caf::actor_system system_;
  core_unit unit_;
  net::name_resolver resolver_;
  reloader reloader_;
  admin_answers admin_;
  drain drain_;
  std::unique_ptr<mesh_host> mesh_;  // in a mesh
  std::size_t next_shard_ = 0;       // for connections of peers
  asio::signal_set signals_;
  std::vector<std::unique_ptr<http::admin_server>> admin_servers_;
  listen_addresses listening_;
  std::vector<ip_endpoint> own_endpoints_;
  directory_actor directory_;
  keeper_actor keeper_;
  const std::string instance_ = hex16(random_seed());
  std::promise<void> ended_;
};

result<void> node::listen() {
  const auto& at = settings().listen;
  if (auto r = listen_api(); !r) return r;
  if (auto r = listen_admin(at.admin, "listen.admin", false, listening_.admin); !r) return r;
  if (at.metrics)
    if (auto r = listen_admin(*at.metrics, "listen.metrics", true, listening_.metrics); !r) return r;
  return mesh_ ? mesh_->listen() : result<void>{};
}

void node::make_mesh(std::unique_ptr<mesh_life> life) {
  mesh_host_deps deps{control_, *membership_loop_, system_, unit_, resolver_, settings(), std::move(life), {}, {}, random_seed()};
  deps.facts_are = [this](std::shared_ptr<const http::mesh_facts> facts) {
    shards_.tell_all([facts](shard& s) { s.use_mesh(facts); });
  };
  deps.peer_arrived = [this](net::mesh_connection connection) { adopt(std::move(connection)); };
  mesh_ = std::make_unique<mesh_host>(std::move(deps));
  admin_.use_mesh(mesh_->admin());
  for (auto& s : shards_) s->use_mesh_door(mesh_->door());
}

/// Peers keep few connections and send much on each: they take turns among the shards.
void node::adopt(net::mesh_connection connection) { shards_[next_shard_++ % shards_.size()].take_peer(std::move(connection)); }

result<void> node::listen_api() {
  const auto& at = settings().listen.api;
  auto first = net::bind_listener(shards_[0].loop().io(), at, "listen.api");
  if (!first) return first.error();
  listening_.api = bound_address(at, *first);
  own_endpoints_.push_back({*parse_ip("127.0.0.1"), first->local_endpoint().port()});
  for (std::size_t i = 1; i < shards_.size(); ++i) {
    auto shared = net::share_listener(shards_[i].loop().io(), *first);
    if (!shared) return shared.error();
    shards_[i].listen(std::move(*shared));
  }
  shards_[0].listen(std::move(*first));
  return {};
}

result<void> node::listen_admin(const host_port& at, const char* key, bool metrics_only, std::string& bound) {
  auto acceptor = net::bind_listener(control_.io(), at, key);
  if (!acceptor) return acceptor.error();
  bound = bound_address(at, *acceptor);
  own_endpoints_.push_back({*parse_ip("127.0.0.1"), acceptor->local_endpoint().port()});
  admin_servers_.push_back(std::make_unique<http::admin_server>(control_.io(), std::move(*acceptor), admin_, metrics_only));
  return {};
}

void node::start() {
  spawn_directory_actor();
  spawn_keeper_actor();
  if (mesh_) mesh_->start(directory_);
  admin_.attach(directory_, keeper_);
  admin_.listens_on(listening_);
  const auto table = std::make_shared<const routing::route_table>(
      0, settings().data_classes, std::vector<std::shared_ptr<const routing::backend_row>>{}, settings().models);
  const auto options = std::make_shared<const http::gateway_options>(settings::gateway_options_of(settings(), instance_));
  admin_.use_routes(table);
  apply_options(settings());
  for (auto& s : shards_) {
    s->attach(system_, keeper_);
    s->start(table, options);
  }
  for (auto& a : admin_servers_) a->start();
  on_signal();
  reloader_.watch();
  shared_.is_ready = true;
  log::info("ready", {{"node", settings().node.name},
                      {"api", listening_.api},
                      {"admin", listening_.admin},
                      {"metrics", listening_.metrics},
                      {"shards", shards_.size()},
                      {"version", version_text}});
  control_.start();
}

void node::spawn_directory_actor() {
  directory_deps deps;
  deps.configured = routes_of(settings());
  deps.publish = [this](std::shared_ptr<const routing::route_table> table) {
    admin_.use_routes(table);
    shards_.tell_all([table](shard& s) { s.use_routes(table); });
  };
  if (mesh_) {
    deps.own_site = settings().node.site;
    deps.own_backend_is = [this](const routing::backend_row& row, const backend_view& view) { mesh_->own_backend_is(row, view); };
    deps.own_backend_gone = [this](const std::string& name) { mesh_->own_backend_gone(name); };
  }
  directory_ = spawn_directory(home(), std::move(deps));
}

void node::spawn_keeper_actor() {
  keeper_deps deps;
  deps.configured = backends_of(settings());
  deps.directory = directory_;
  deps.make_backend = [this](keeper_actor parent, backend_spec spec, std::shared_ptr<const probe_result> first) {
    return make_backend(std::move(parent), std::move(spec), std::move(first));
  };
  deps.make_discovery = [this](keeper_actor parent, bool is_on) { return make_discovery(std::move(parent), is_on); };
  keeper_ = spawn_keeper(home(), std::move(deps));
}

backend_actor node::make_backend(keeper_actor parent, backend_spec spec, std::shared_ptr<const probe_result> first) {
  backend_deps deps;
  deps.spec = std::move(spec);
  deps.first = std::move(first);
  deps.probe = [this](probe_order order, auto done) { start_probe(control_.io(), std::move(order), std::move(done)); };
  deps.resolve = [this](const std::string& owner, const std::string& host, auto done) {
    resolver_.resolve(owner, host, std::move(done));
  };
  deps.directory = directory_;
  deps.keeper = std::move(parent);
  deps.seed = random_seed();
  return spawn_backend(home(), std::move(deps));
}

discovery_actor node::make_discovery(keeper_actor parent, bool is_on) {
  discovery_deps deps;
  deps.is_on = is_on;
  deps.claimed = own_endpoints_;
  deps.scan = [this](const std::vector<ip_endpoint>& claimed, auto done) {
    start_scan(control_.io(), {scan_candidates(claimed), settings().timeouts}, std::move(done));
  };
  deps.keeper = std::move(parent);
  deps.seed = random_seed();
  return spawn_discovery(home(), std::move(deps));
}

void node::apply(const settings::node_settings& next, const settings::change&) {
  log::configure(next.log.level, next.log.format);
  shared_.memory.set_limit(next.limits.memory.of(platform::machine_memory_bytes()));
  const auto options = std::make_shared<const http::gateway_options>(settings::gateway_options_of(next, instance_));
  shards_.tell_all([options](shard& s) { s.use_options(options); });
  apply_options(next);
  caf::anon_send(directory_, routes_of(next));
  caf::anon_send(keeper_, backends_of(next));
}

void node::apply_options(const settings::node_settings& next) {
  admin_.use_options(std::make_shared<const http::gateway_options>(
      settings::gateway_options_of(next, instance_, settings::listener::admin)));
}

void node::on_signal() {
  signals_.async_wait([this](boost::system::error_code ec, int number) {
    if (ec) return;
    if (number == SIGHUP) {
      (void)reloader_.reload();
    } else if (drain_.has_begun()) {
      log::warn("ended_at_once");
      log::flush();
      platform::exit_now(1);
    } else {
      if (mesh_) mesh_->draining();
      drain_.begin(settings().drain_timeout);
    }
    on_signal();
  });
}

void node::stop() {
  // What waits for the actors must not wait for ever: a coroutine that ignores its cancellation would hold its actor.
  asio::steady_timer watchdog(control_.io(), end_patience);
  watchdog.async_wait([](boost::system::error_code ec) {
    if (ec) return;
    log::error("end_takes_too_long");
    log::flush();
    platform::exit_now(1);
  });
  control_.post([this] {
    reloader_.stop();
    for (auto& a : admin_servers_) a->stop();
  });
  if (mesh_) mesh_->stop();
  caf::anon_send_exit(keeper_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(directory_, caf::exit_reason::user_shutdown);
  system_.await_all_actors_done();  // while the loops still run
  control_.stop();
  if (membership_loop_) membership_loop_->stop();
  for (auto& s : shards_) s->stop();
  admin_servers_.clear();
  mesh_.reset();
  log::info("ended");
  log::flush();
}

}  // namespace

int run_node(settings::node_settings settings, settings::source from) {
  platform::ignore_broken_pipes();
  platform::raise_descriptor_limit();
  platform::forbid_core_dumps();
  log::configure(settings.log.level, settings.log.format);
  const auto now_s = std::chrono::floor<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto joined = settings.join_token.empty() ? result<void>{} : join_mesh(settings, now_s);
  auto life = joined ? open_mesh_life(settings, now_s) : joined.error();
  if (!life) {
    std::fprintf(stderr, "edgemesh: %s\n", life.error().message.c_str());
    return 1;
  }
  node n(std::move(settings), std::move(from), std::move(*life));
  if (const auto listening = n.listen(); !listening) {
    std::fprintf(stderr, "edgemesh: %s\n", listening.error().message.c_str());
    return 1;
  }
  n.start();
  n.wait();
  n.stop();
  return 0;
}

}  // namespace edgemesh::actors
