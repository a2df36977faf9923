#include "actors/running_node.hpp"

#include <algorithm>
#include <csignal>
#include <thread>

#include "actors/backend_specs.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "net/secure_random.hpp"
#include "platform/memory.hpp"
#include "platform/peer_user.hpp"
#include "platform/process_limits.hpp"

namespace edgemesh::actors {

namespace {

constexpr std::size_t finished_requests_max = 10000;
constexpr seconds end_patience{10}, session_patience{3};

std::string hex16(std::uint64_t v) {
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(v >> shift) & 15];
  return out;
}

admin_gate_options gate_of(const settings::node_settings& s) {
  return {s.auth.mode == settings::auth_mode::keys, s.auth.allow_open, platform::own_user(), s.data_dir / "admin.token",
          [](std::span<std::uint8_t> out) { net::fill_random(out); }};
}

}  // namespace

running_node::running_node(settings::node_settings settings, settings::source from, std::unique_ptr<mesh_life> life,
                           std::unique_ptr<accounts_life> accounts)
    : shared_(settings.limits.memory.of(platform::machine_memory_bytes())),
      shards_(accounts ? static_cast<int>(accounts->journals.size()) : settings::shard_count_of(settings), shared_, finished_requests_max),
      membership_loop_(life ? std::make_unique<event_loop>() : nullptr),
      config_(life ? std::optional(life->identity->own_key()) : std::nullopt),
      system_(config_),
      unit_(system_, control_.io()),
      resolver_(control_.io()),
      reloader_(control_.io(), std::move(settings), std::move(from),
                [this](const auto& next, const auto& change) { apply(next, change); }),
      gate_(gate_of(reloader_.current())),
      admin_({control_.io(), shards_, shared_, reloader_, net::random_seed()}),
      drain_(control_.io(), shards_, shared_, [this] { ended_.set_value(); }),
      signals_(control_.io(), SIGTERM, SIGINT, SIGHUP),
      certificates_(control_.io()),
      instance_(hex16(net::random_seed())) {
  admin_.use_gate(gate_);
  admin_.use_certificates(certificates_);
  if (accounts) make_accounts(std::move(accounts));
  if (life) make_mesh(std::move(life));
}

result<void> running_node::start() {
  if (accounts_)
    if (auto began = accounts_->start(); !began) return began;
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
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_[i].attach(system_, keeper_);
    if (accounts_) shards_[i].use_ledger(accounts_->ledger(), accounts_->shared(), accounts_->journal(i));
  }
  if (accounts_) accounts_->tell_ring();
  for (auto& s : shards_) s->start(table, options);
  for (auto& a : admin_servers_) a->start();
  on_signal();
  reloader_.watch();
  reloader_.at_reload([this] { certificates_.look(); });
  certificates_.watch();
  shared_.is_ready = true;
  log::info("ready", {{"node", settings().node.name},
                      {"api", listening_.api},
                      {"admin", listening_.admin},
                      {"metrics", listening_.metrics},
                      {"shards", shards_.size()},
                      {"version", version_text}});
  control_.start();
  return {};
}

void running_node::apply(const settings::node_settings& next, const settings::change&) {
  log::configure(next.log.level, next.log.format);
  shared_.memory.set_limit(next.limits.memory.of(platform::machine_memory_bytes()));
  const auto options = std::make_shared<const http::gateway_options>(settings::gateway_options_of(next, instance_));
  shards_.tell_all([options](shard& s) { s.use_options(options); });
  apply_options(next);
  caf::anon_send(directory_, routes_of(next));
  caf::anon_send(keeper_, backends_of(next));
}

void running_node::apply_options(const settings::node_settings& next) {
  gate_.set_open(next.auth.allow_open);
  admin_.use_options(std::make_shared<const http::gateway_options>(
      settings::gateway_options_of(next, instance_, settings::listener::admin)));
}

void running_node::on_signal() {
  signals_.async_wait([this](boost::system::error_code ec, int number) {
    if (ec) return;
    if (number == SIGHUP) {
      reloader_.reload();
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

/// The ledger ends after the last requests, so that what they used is in the store; of one that ends later the next start takes it from the journal.
void running_node::wait_for_sessions() {
  const instant until = steady_clock::now() + session_patience;
  std::promise<void> over;
  boost::asio::steady_timer timer(control_.io());
  std::function<void()> look = [&] {
    if (shared_.connections <= 0 || steady_clock::now() >= until) return over.set_value();
    timer.expires_after(milliseconds(5));
    timer.async_wait([&](boost::system::error_code) { look(); });
  };
  control_.post(look);
  over.get_future().wait();
}

void running_node::stop() {
  // What waits for the actors must not wait for ever: a coroutine that ignores its cancellation would hold its actor.
  boost::asio::steady_timer watchdog(control_.io(), end_patience);
  watchdog.async_wait([](boost::system::error_code ec) {
    if (ec) return;
    log::error("end_takes_too_long");
    log::flush();
    platform::exit_now(1);
  });
  control_.post([this] {
    reloader_.stop();
    certificates_.stop();
    for (auto& a : admin_servers_) a->stop();
  });
  if (mesh_) mesh_->stop();
  if (accounts_) {
    wait_for_sessions();
    accounts_->stop();
  }
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

}  // namespace edgemesh::actors
