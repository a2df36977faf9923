#include "actors/shard.hpp"

#include <algorithm>
#include <caf/all.hpp>

#include "actors/session_state.hpp"
#include "base/log.hpp"
#include "http/api_routes.hpp"
#include "http/request_log.hpp"
#include "proto/usage_codec.hpp"

namespace edgemesh::actors {

namespace {
constexpr auto relaxed = std::memory_order_relaxed;
}

shard::shard(int number, node_shared& shared, std::size_t finished_max)
    : number_(number), shared_(shared), finished_(finished_max), look_timer_(loop_.io()) {}

shard::~shard() { stop(); }

void shard::attach(caf::actor_system& system, keeper_actor keeper) {
  unit_.emplace(system, loop_.io());
  keeper_ = std::move(keeper);
}

void shard::listen(boost::asio::ip::tcp::acceptor acceptor) { server_.emplace(loop_.io(), std::move(acceptor), *this, number_); }

void shard::start(std::shared_ptr<const routing::route_table> table, std::shared_ptr<const http::gateway_options> options) {
  table_ = std::move(table);
  options_ = std::move(options);
  loop_.post([this] { server_->start(); });
  loop_.start();
}

void shard::stop() {
  loop_.stop();
  server_.reset();
  keeper_ = keeper_actor();
  ledger_ = ledger_actor();
}

void shard::use_mesh(std::shared_ptr<const http::mesh_facts> facts) {
  mesh_facts_ = std::move(facts);
  for (const auto& [_, s] : sessions_)
    if (s.link->peer && (!mesh_facts_ || mesh_facts_->find(*s.link->peer) == nullptr)) {
      if (mesh_facts_ && mesh_facts_->replaced.contains(*s.link->peer)) caf::anon_send(s.actor, drain_session{});
      else caf::anon_send(s.actor, cancel_session{});
    }
}

/// Until the keys are told nobody has one.
void shard::use_ledger(ledger_actor ledger, accounts_shared& shared, store::usage_journal& journal) {
  ledger_ = std::move(ledger);
  accounts_ = &shared;
  journal_ = &journal;
  keys_ = std::make_shared<const admission::key_ring>();
}

void shard::use_keys(std::shared_ptr<const admission::key_ring> ring, const std::vector<std::string>& ended) {
  keys_ = std::move(ring);
  for (const auto& [_, s] : sessions_)
    if (!s.link->view.key.empty() && std::find(ended.begin(), ended.end(), s.link->view.key) != ended.end())
      caf::anon_send(s.actor, cancel_session{});
}

/// While there is room for those that run now, too: a full journal loses what they use.
bool shard::keeps_accounts() const noexcept { return accounts_ == nullptr || (!accounts_->is_closed.load(relaxed) && !journal_->is_crowded()); }

bool shard::keep_usage(const usage_record& record) {
  if (accounts_ == nullptr) return true;
  const bool is_kept = journal_->append(proto::write_usage(record));
  (is_kept ? accounts_->records : accounts_->failures).fetch_add(1, relaxed);
  return is_kept;
}

void shard::turned_away(std::string key, std::string route, std::string code) {
  if (accounts_ != nullptr) caf::anon_send(ledger_, edgemesh::actors::turned_away{std::move(key), std::move(route), std::move(code)});
}

/// The socket leaves the loop that it was accepted on here and enters this shard's on its own thread: loops lock nothing.
void shard::take_peer(net::mesh_connection connection, http::lent_watch lent) {
  loop_.post([this, c = std::move(connection).detach(), lent = std::move(lent)]() mutable {
    server_->adopt(std::move(c).attach(loop_.io().get_executor()), std::move(lent));
  });
}

void shard::borrow(const node_key& lender, milliseconds patience, std::function<void(borrowed)> taken) {
  if (lines_ == nullptr) return taken(nullptr);
  lines_->borrow(lender, patience, [this, taken = std::move(taken)](std::optional<net::detached_connection> c) {
    loop_.post([this, taken, c = std::move(c)]() mutable {
      taken(c ? std::make_unique<net::upstream_connection>(std::move(*c).attach(loop_.io().get_executor())) : nullptr);
    });
  });
}

void shard::give_back(borrowed connection) {
  auto lent = connection->release_lent();
  if (lent && lines_ != nullptr) lines_->give_back(std::move(*lent).detach());
}

void shard::stop_accepting() { server_->stop_accepting(); }

void shard::drain_sessions() {
  for (const auto& [_, s] : sessions_) caf::anon_send(s.actor, drain_session{});
}

void shard::end_idle_sessions() {
  for (const auto& [_, s] : sessions_) caf::anon_send(s.actor, end_if_idle{});
}

void shard::end_sessions() {
  for (const auto& [_, s] : sessions_) caf::anon_send_exit(s.actor, caf::exit_reason::user_shutdown);
}

bool shard::cancel_session_of(const std::string& id) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return false;
  caf::anon_send(at->second.actor, cancel_session{});
  return true;
}

std::vector<http::session_view> shard::sessions() const {
  std::vector<http::session_view> out;
  out.reserve(sessions_.size());
  for (const auto& [_, s] : sessions_)
    if (s.link->view.route != http::question_route) out.push_back(s.link->view);  // else every list would show who asks for it
  return out;
}

int shard::busy_sessions() const {
  int busy = 0;
  for (const auto& [_, s] : sessions_) busy += s.link->view.busy ? 1 : 0;
  return busy;
}

bool shard::draining() const noexcept { return shared_.is_draining.load(relaxed); }
bool shard::ready() const noexcept { return shared_.is_ready.load(relaxed) && !draining() && keeps_accounts(); }

bool shard::connection_opened() noexcept {
  if (shared_.connections.fetch_add(1, relaxed) < options_->connections_max) return true;
  connection_closed();
  return false;
}
void shard::connection_closed() noexcept { shared_.connections.fetch_sub(1, relaxed); }

std::function<void()> shard::session_opened(std::shared_ptr<http::session_link> link) {
  link->draining = draining();
  const std::string id = link->view.id;
  auto actor = spawn_session({unit_->system(), &*unit_}, {link});
  sessions_.insert_or_assign(id, open_session{std::move(link), actor});
  // The handle inside keeps the actor as long as the coroutine that owns this function.
  return [this, id, actor = std::move(actor)] {
    sessions_.erase(id);
    caf::anon_send(actor, session_ended{});
  };
}

void shard::attempt_ended(http::attempt_outcome outcome) {
  std::string backend = outcome.backend;
  caf::anon_send(keeper_, tell_backend{std::move(backend), {std::move(outcome)}});
}

void shard::model_missed(std::string, std::function<void()> done) {
  look_waiters_.push_back(std::move(done));
  if (look_waiters_.size() > 1) return;
  const auto look = ++look_;
  look_timer_.expires_after(look_patience);
  look_timer_.async_wait([this, look](boost::system::error_code e) {
    if (!e && look == look_) look_over();
  });
  caf::anon_send(keeper_, edgemesh::actors::model_missed{reply_slot<bool>([this, look](std::optional<bool>) {
                   loop_.post([this, look] {
                     if (look == look_) look_over();
                   });
                 })});
}

void shard::look_over() {
  ++look_;
  look_timer_.cancel();
  const auto waiters = std::exchange(look_waiters_, {});
  for (const auto& w : waiters) w();
}

void shard::request_finished(request_record record) {
  const bool is_between_nodes = record.route == http::question_route || record.route == http::join_route;
  if (record.peer.empty() && !is_between_nodes) shared_.requests.fetch_add(1, relaxed);  // else the node that the client asked counts it
  if (log::enabled(log::level::info)) log::write_json_line(http::request_json(record));
  if (is_between_nodes) return;  // no client's: it stands in the log, and takes no client's place in the list
  metrics_.record(record);
  finished_.insert(std::move(record));
}

}  // namespace edgemesh::actors
