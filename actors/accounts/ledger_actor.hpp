// Inside the ledger. What stands in the journals of the shards is written into the store together, five times a second. Rows are
// summed up and written each second, the write-ahead log is brought to the disk each `sync`, and what is too old goes. Detached: it waits for
// the disk. Where less than `reserve_bytes` is free, sums are written without the single records; below half of that, and on a disk that fails, the
// accounts are closed (accounts_shared::is_closed) until it works again. Each is said once. Questions go on to account_reader.
#pragma once
#include <caf/actor_system.hpp>
#include <functional>
#include <map>
#include <memory>
#include <tuple>

#include "actors/accounts/account_reader.hpp"
#include "actors/accounts/ledger_interfaces.hpp"
#include "base/clock.hpp"
#include "store/audit_log.hpp"
#include "store/usage_book.hpp"
#include "store/usage_journals.hpp"

namespace edgemesh::actors {

struct ledger_deps {
  std::shared_ptr<store::store> disk;
  store::usage_book book;
  store::audit_log audit;
  store::usage_journals& journals;           ///< lives longer than the ledger
  accounts_shared& shared;
  std::function<wall_time()> wall;
  std::function<std::int64_t()> free_bytes;  ///< where the store lies; below zero: cannot be told
  std::int64_t reserve_bytes = 512'000'000;  ///< to be kept free
  milliseconds sync{200};
  std::string node{};                        ///< for the watermark of reports
  store::usage_retention keep_usage{};
  store::audit_retention keep_audit{};
  std::filesystem::path audit_file{};        ///< entries go there too; "": nowhere
};

enum class disk_room : std::uint8_t { ample, low, none };
/// `free` below zero: cannot be told, and is taken for ample.
constexpr disk_room room_of(std::int64_t free, std::int64_t reserve) noexcept {
  return free < 0 || free >= reserve ? disk_room::ample : free >= reserve / 2 ? disk_room::low : disk_room::none;
}

class ledger_state {
 public:
  using self_pointer = ledger_actor::stateful_pointer<ledger_state>;
  static inline const char* name = "ledger";
  explicit ledger_state(self_pointer self) : self_(self) {}
  ledger_state(const ledger_state&) = delete;
  ledger_state& operator=(const ledger_state&) = delete;

  void start(ledger_deps deps);
  void on_tick();
  void on_policy(policy_changed& m);
  void on_turned_away(const turned_away& m);
  void on_end();
  void on_backup(const backup_asked& m);
  void on_spending_unknown(const spending_unknown& m);
  void on_usage_asked(usage_asked& m);
  void on_audit_asked(audit_asked& m);

 private:
  bool is_written(const result<void>& outcome);
  bool try_again();
  bool restore_unknown();
  milliseconds tick() const;
  void set_tick();
  bool take_usage();
  bool take_from(std::size_t journal);
  void write_refusals();
  void tell_file(const std::vector<audit_entry>& entries);
  void look_at_disk();
  void publish_state();
  void expire();
  void keep_house();

  self_pointer self_;
  std::unique_ptr<ledger_deps> deps_;
  account_reader_actor reader_;
  std::vector<usage_record> records_;
  std::vector<unspent_budget> unknown_;  // budgets whose past is still to be read
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> refusals_;  // of this second; bounded by refusals_max
  instant last_house_{}, last_sync_{};
  disk_room room_ = disk_room::ample;
  bool has_unsynced_ = false, is_failing_ = false, is_file_failing_ = false;
};

ledger_actor::behavior_type ledger(ledger_actor::stateful_pointer<ledger_state> self, std::shared_ptr<ledger_deps> deps);
ledger_actor spawn_ledger(caf::actor_system& system, ledger_deps deps);

}  // namespace edgemesh::actors
