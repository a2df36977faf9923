// One shard: a loop with its thread, its listener, its sessions and what it counts; the door of its HTTP code to the actors.
// Everything but post() and the constructor belongs to the shard's thread once start() was called; stop() joins it.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/accounts/ledger_interfaces.hpp"
#include "actors/interfaces.hpp"
#include "actors/mesh/peer_lines.hpp"
#include "actors/node_shared.hpp"
#include "actors/runtime/core_unit.hpp"
#include "actors/runtime/event_loop.hpp"
#include "http/finished_requests.hpp"
#include "http/ports.hpp"
#include "http/request_metrics.hpp"
#include "http/server.hpp"
#include "store/usage_journal.hpp"

namespace edgemesh::actors {

class shard final : public http::gateway_ports {
 public:
  shard(int number, node_shared& shared, std::size_t finished_max);
  ~shard() override;

  event_loop& loop() noexcept { return loop_; }
  template <class F>
  void post(F f) {
    loop_.post(std::move(f));
  }
  /// Before start(): where its actors live and whom it reports to.
  void attach(caf::actor_system& system, keeper_actor keeper);
  void listen(boost::asio::ip::tcp::acceptor acceptor);
  void start(std::shared_ptr<const routing::route_table> table, std::shared_ptr<const http::gateway_options> options);
  void stop();

  void use_routes(std::shared_ptr<const routing::route_table> table) { table_ = std::move(table); }
  /// A new view of the mesh; sessions of nodes that are no members any more are ended.
  void use_mesh(std::shared_ptr<const http::mesh_facts> facts);
  /// Before start(): where joiners are answered. Lives longer than this shard.
  void use_mesh_door(http::mesh_ports& door) noexcept { mesh_door_ = &door; }
  /// Before start(): where lent connections are had. Lives longer than this shard.
  void use_peer_lines(peer_lines& lines) noexcept { lines_ = &lines; }
  /// Before start(), with auth.mode keys: where usage is written down. `shared` and `journal` live longer than this shard, which alone appends.
  void use_ledger(ledger_actor ledger, accounts_shared& shared, store::usage_journal& journal);
  /// Another ring of keys; the running requests of keys that may not go on are ended.
  void use_keys(std::shared_ptr<const admission::key_ring> ring, const std::vector<std::string>& ended);
  /// A connection of listen.peer, or one that is lent, from the loop that it was made on: called there. `lent` is called on this shard.
  void take_peer(net::mesh_connection connection, http::lent_watch lent = nullptr);
  /// After listen(): how clients are let in from now on.
  void use_tls(net::shared_server_tls tls) { server_->use_tls(std::move(tls)); }
  void use_options(std::shared_ptr<const http::gateway_options> options) { options_ = std::move(options); }
  /// Each connection closes after its next answer.
  void drain_sessions();
  void stop_accepting();
  /// Sessions without a request in progress are told to end.
  void end_idle_sessions();
  /// Every session is told to end now.
  void end_sessions();
  bool cancel_session_of(const std::string& id);
  std::vector<http::session_view> sessions() const;
  int busy_sessions() const;
  std::size_t session_count() const noexcept { return sessions_.size(); }
  const http::request_metrics& metrics() const noexcept { return metrics_; }
  const http::finished_requests& finished() const noexcept { return finished_; }

  // gateway_ports
  std::shared_ptr<const routing::route_table> routes() const noexcept override { return table_; }
  std::shared_ptr<const http::gateway_options> options() const noexcept override { return options_; }
  std::shared_ptr<const http::mesh_facts> mesh() const noexcept override { return mesh_facts_; }
  http::mesh_ports* mesh_door() noexcept override { return mesh_door_; }
  std::shared_ptr<const admission::key_ring> keys() const noexcept override { return keys_; }
  bool keeps_accounts() const noexcept override;
  bool keep_usage(const usage_record& record) override;
  void turned_away(std::string key, std::string route, std::string code) override;
  void borrow(const node_key& lender, milliseconds patience, std::function<void(borrowed)> taken) override;
  void give_back(borrowed connection) override;
  admission::memory_budget& memory() noexcept override { return shared_.memory; }
  bool draining() const noexcept override;
  bool ready() const noexcept override;
  bool connection_opened() noexcept override;
  void connection_closed() noexcept override;
  std::function<void()> session_opened(std::shared_ptr<http::session_link> link) override;
  void attempt_ended(http::attempt_outcome outcome) override;
  void model_missed(std::string model, std::function<void()> done) override;
  void request_finished(request_record record) override;

 private:
  struct open_session {
    std::shared_ptr<http::session_link> link;
    session_actor actor;
  };
  void look_over();

  static constexpr milliseconds look_patience{2000};
  const int number_;
  node_shared& shared_;
  std::shared_ptr<const routing::route_table> table_;
  std::shared_ptr<const http::gateway_options> options_;
  std::shared_ptr<const http::mesh_facts> mesh_facts_;
  http::mesh_ports* mesh_door_ = nullptr;
  peer_lines* lines_ = nullptr;
  std::shared_ptr<const admission::key_ring> keys_;
  ledger_actor ledger_;
  accounts_shared* accounts_ = nullptr;  // null without keys
  store::usage_journal* journal_ = nullptr;
  http::request_metrics metrics_;
  http::finished_requests finished_;
  std::unordered_map<std::string, open_session> sessions_;  // bounded by limits.connections
  std::vector<std::function<void()>> look_waiters_;         // at most one per session
  std::uint64_t look_ = 0;
  keeper_actor keeper_;
  // The loop is destroyed before all of the above: a coroutine that it still holds reports its end through them.
  event_loop loop_;
  boost::asio::steady_timer look_timer_;
  std::optional<core_unit> unit_;
  std::optional<http::server> server_;
};

}  // namespace edgemesh::actors
