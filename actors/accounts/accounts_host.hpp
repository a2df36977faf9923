// The accounts of a running node, on the control loop: keys and groups as they are changed, the ring that the shards ask, and the questions of
// the admin port about all of it. A change is made, written to disk by the ledger, and only then applied, told to the shards and acknowledged;
// one after the other. Null with auth.mode none.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "accounts/key_book.hpp"
#include "accounts/ring_builder.hpp"
#include "actors/accounts/accounts_life.hpp"
#include "actors/accounts/ledger_interfaces.hpp"
#include "replication/hybrid_clock.hpp"

namespace edgemesh::actors {

struct accounts_deps {
  event_loop& control;
  caf::actor_system& system;
  std::string node;
  std::filesystem::path store_folder;
  settings::store_settings store;
  settings::retention_settings keep;
  std::function<wall_time()> wall;
  /// Another ring; `ended`: keys whose running requests may not go on.
  std::function<void(std::shared_ptr<const admission::key_ring>, std::vector<std::string> ended)> ring_is;
};

class accounts_host {
 public:
  accounts_host(accounts_deps deps, std::unique_ptr<accounts_life> life);

  /// Before the loops run: makes the ledger and the first ring, which tell_ring() tells.
  result<void> start();
  void tell_ring() { deps_.ring_is(rings_.ring(), {}); }
  /// What it was sent before is written first.
  void stop();
  const ledger_actor& ledger() const noexcept { return ledger_; }
  accounts_shared& shared() noexcept { return shared_; }
  store::usage_journal& journal(std::size_t shard) noexcept { return life_->journals[shard]; }
  void append_metrics(std::string& out) const;

  using reply_function = std::function<void(http::admin_answer)>;
  static bool takes(http::admin_question::kind what) noexcept;
  void ask(http::admin_question q, reply_function reply);

 private:
  using operation = std::function<accounts::key_book::outcome(const accounts::key_book&, const accounts::act&)>;
  struct waiting_change { accounts::actor_facts by; operation make; reply_function reply; };
  static constexpr std::size_t waiting_max = 256;

  accounts::act act_of(const accounts::actor_facts& by);
  void show(const http::admin_question& q, const accounts::act& a, const reply_function& reply) const;
  void change(accounts::actor_facts by, operation make, reply_function reply);
  void next_change();
  void written(const accounts::book_change& made, bool is_kept, const reply_function& reply);
  void publish(const accounts::book_change& made);
  usage_kept_days kept_days() const { return {deps_.keep.minute_days, deps_.keep.hour_days, deps_.keep.day_days, 0}; }
  void usage(const http::admin_question& q, reply_function reply);
  void audit(const http::admin_question& q, reply_function reply);
  void back_up(const http::admin_question& q, reply_function reply);
  std::shared_ptr<const key_names> names() const;
  reply_slot<http::admin_answer> on_control(reply_function reply);

  accounts_deps deps_;
  std::unique_ptr<accounts_life> life_;  // the book and the log go to the ledger, the rest stays
  accounts::ring_builder rings_;
  replication::hybrid_clock clock_;
  accounts_shared shared_;
  ledger_actor ledger_;
  std::deque<waiting_change> waiting_;
  bool is_writing_ = false;
};

}  // namespace edgemesh::actors
