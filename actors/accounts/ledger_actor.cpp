#include "actors/accounts/ledger_actor.hpp"

#include <algorithm>
#include <caf/all.hpp>

#include "actors/runtime/house_rules.hpp"
#include "base/log.hpp"
#include "json/writer.hpp"
#include "proto/usage_codec.hpp"
#include "store/audit_file.hpp"

namespace edgemesh::actors {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr std::size_t refusals_max = 1000;  // kinds a second; more are counted together
constexpr seconds house_interval{1};
constexpr milliseconds tick_max{200};             // a journal holds what comes in some seconds
constexpr std::size_t records_in_a_batch = 1024;

}  // namespace

void ledger_state::start(ledger_deps deps) {
  deps_ = std::make_unique<ledger_deps>(std::move(deps));
  look_at_disk();
  reader_ = self_->spawn<caf::detached>(account_reader, account_reader_deps{deps_->disk, deps_->node, deps_->wall});
  set_tick();
}

milliseconds ledger_state::tick() const { return std::min(deps_->sync, tick_max); }

/// No message tells that something came: waking this thread was most of what keys cost, and what is in a journal is safe.
void ledger_state::set_tick() { self_->delayed_send(self_, tick(), ledger_tick{}); }

/// What a disk that fails does not take stays in the journals; one that fails holds up no other.
bool ledger_state::take_usage() {
  bool has_all = true;
  for (std::size_t i = 0; i < deps_->journals.size(); ++i) has_all = take_from(i) && has_all;
  return has_all;
}

/// Up to where it stands now: what comes meanwhile has time.
bool ledger_state::take_from(std::size_t number) {
  if (!deps_->journals.prepare(number)) return is_written(error{"a journal of usage cannot be written: there is no room on the disk, or it fails"});
  auto& journal = deps_->journals[number];
  const auto until = journal.end();
  for (store::usage_journal::read_end end; end.position < until;) {
    records_.clear();
    end = journal.read(records_in_a_batch, [&](std::string_view bytes) {
      if (auto record = proto::read_usage(bytes)) records_.push_back(std::move(*record));
    });
    if (end.records == 0) return true;
    const auto place = deps_->journals.place(number, end.position);
    if (!is_written(room_ == disk_room::ample ? deps_->book.append(records_, {&place, 1}) : deps_->book.append_sums(records_, {&place, 1}))) return false;
    has_unsynced_ = true;
    journal.forget(end);
    if (const auto lost = end.records - records_.size(); lost > 0) {
      deps_->shared.failures.fetch_add(lost, relaxed);
      log::error("usage_journal_damaged", {{"journal", number}, {"lost", lost}});
    }
  }
  return true;
}

/// Once it fails it fails until try_again() finds that everything works.
bool ledger_state::is_written(const result<void>& outcome) {
  if (!outcome && !std::exchange(is_failing_, true)) log::error("store_failed", {{"reason", outcome.error().message}});
  publish_state();
  return outcome.has_value();
}

void ledger_state::on_tick() {
  set_tick();
  if (!is_failing_) (void)take_usage();
  const instant now = steady_clock::now();
  if (has_unsynced_ && now - last_sync_ + tick() >= deps_->sync) {  // the next tick would be too late
    last_sync_ = now;
    has_unsynced_ = !is_written(deps_->disk->sync());
  }
  if (now - last_house_ < house_interval) return;
  last_house_ = now;
  keep_house();
}

void ledger_state::keep_house() {
  look_at_disk();
  if (is_failing_ && !try_again()) return;
  write_refusals();
  (void)is_written(deps_->book.write_rows());
  expire();
}

/// The way back from a failure. What is written first is of no use but to see whether it can be.
bool ledger_state::try_again() {
  if (!deps_->disk->write({{store::family::node, "tried", ""}}, store::durability::synced) || !take_usage() || !restore_unknown()) return false;
  is_failing_ = false;
  publish_state();
  log::info("store_works_again", {});
  return true;
}

void ledger_state::look_at_disk() {
  const auto free = deps_->free_bytes();
  const auto before = std::exchange(room_, room_of(free, deps_->reserve_bytes));
  if (room_ == before) return;
  if (room_ == disk_room::low)
    log::warn("disk_low", {{"free", free}, {"reserve", deps_->reserve_bytes}, {"effect", "usage is summed up, single requests are not kept"}});
  if (room_ == disk_room::none)
    log::error("disk_full", {{"free", free}, {"reserve", deps_->reserve_bytes}, {"effect", "requests of keys are refused until there is room"}});
  if (room_ == disk_room::ample) log::info("disk_has_room_again", {{"free", free}});
  publish_state();
}

void ledger_state::publish_state() {
  deps_->shared.is_closed.store(is_failing_ || room_ == disk_room::none, relaxed);
  deps_->shared.is_low.store(room_ != disk_room::ample, relaxed);
}

void ledger_state::expire() {
  const auto now_ms = std::chrono::duration_cast<milliseconds>(deps_->wall().time_since_epoch()).count();
  const auto rows = deps_->book.expire(deps_->keep_usage, now_ms);
  const auto entries = deps_->audit.expire(deps_->keep_audit, now_ms);
  if (!rows) (void)is_written(rows.error());
  if (!entries) (void)is_written(entries.error());
}

void ledger_state::on_policy(policy_changed& m) {
  const auto now_ms = std::chrono::duration_cast<milliseconds>(deps_->wall().time_since_epoch()).count();
  for (auto& e : m.audit) e.at_ms = now_ms;
  const bool is_kept = is_written(deps_->audit.append(m.audit, store::durability::synced, std::move(m.changes)));
  if (is_kept) tell_file(m.audit);
  m.reply.complete(is_kept);
}

void ledger_state::on_end() {
  (void)take_usage();
  write_refusals();
  (void)is_written(deps_->book.write_rows());
  (void)is_written(deps_->disk->sync());
  self_->send_exit(reader_, caf::exit_reason::user_shutdown);
  self_->quit();
}

/// Everything that was acknowledged is in it, summed up.
void ledger_state::on_backup(const backup_asked& m) {
  if (!take_usage() || !is_written(deps_->book.write_rows())) return m.reply.complete(store_failed("the store cannot be written"));
  const auto copied = deps_->disk->copy_to(m.folder);
  if (!copied) {
    const auto e = openai::bad_request(copied.error().message, "folder", "backup_failed");
    return m.reply.complete({e.status, e.body()});
  }
  std::vector<audit_entry> entry{{0, std::chrono::duration_cast<milliseconds>(deps_->wall().time_since_epoch()).count(), m.actor, "store.backup", m.folder, "ok", {}}};
  if (is_written(deps_->audit.append(entry, store::durability::synced))) tell_file(entry);
  std::string body;
  json::writer(body).begin_object().member("folder", m.folder).end_object();
  m.reply.complete({200, std::move(body)});
}

void ledger_state::on_spending_unknown(const spending_unknown& m) {
  unknown_.insert(unknown_.end(), m.budgets.begin(), m.budgets.end());
  (void)restore_unknown();
}

/// A budget whose past cannot be read counts from now on until it can.
bool ledger_state::restore_unknown() {
  if (unknown_.empty()) return true;
  if (!take_usage() || !is_written(restore_spending(deps_->book, unknown_, deps_->wall()))) return false;
  unknown_.clear();
  return true;
}

void ledger_state::on_turned_away(const turned_away& m) {
  const std::tuple kind(m.key, m.route, m.code);
  if (refusals_.contains(kind) || refusals_.size() < refusals_max) ++refusals_[kind];
  else ++refusals_[{"", "", "others"}];
}

void ledger_state::write_refusals() {
  if (refusals_.empty()) return;
  const auto now_ms = std::chrono::duration_cast<milliseconds>(deps_->wall().time_since_epoch()).count();
  std::vector<audit_entry> entries;
  for (const auto& [kind, times] : std::exchange(refusals_, {})) {
    const auto& [key, route, code] = kind;
    entries.push_back({0, now_ms, key, "request.refused", route, code, {{"times", std::to_string(times)}}});
  }
  if (!is_written(deps_->audit.append(entries, store::durability::written))) return;
  has_unsynced_ = true;
  tell_file(entries);
}

/// A file that cannot be written is said once and holds up nothing: the log itself has the entries.
void ledger_state::tell_file(const std::vector<audit_entry>& entries) {
  if (deps_->audit_file.empty()) return;
  std::string lines;
  for (const auto& e : entries) lines += audit_json(e) + "\n";
  const auto written = store::append_lines(deps_->audit_file, lines);
  if (!written && !is_file_failing_) log::error("audit_file_failed", {{"reason", written.error().message}});
  is_file_failing_ = !written;
}

/// What is summed up in memory goes to disk first; the reading is not this thread's work.
void ledger_state::on_usage_asked(usage_asked& m) {
  if (take_usage() && is_written(deps_->book.write_rows())) return self_->send(reader_, usage_read{std::move(m)});
  m.reply.complete(store_failed("the store cannot be written"));
}

void ledger_state::on_audit_asked(audit_asked& m) {
  if (!take_usage()) return m.reply.complete(store_failed("the store cannot be written"));
  self_->send(reader_, audit_read{std::move(m), deps_->book.last_number(), deps_->audit.last_number()});
}

ledger_actor::behavior_type ledger(ledger_actor::stateful_pointer<ledger_state> self, std::shared_ptr<ledger_deps> deps) {
  adopt_house_rules(self);
  self->state.start(std::move(*deps));
  auto& state = self->state;
  return {
      [&state](const ledger_tick&) { state.on_tick(); },
      [&state](policy_changed& m) { state.on_policy(m); },
      [&state](const turned_away& m) { state.on_turned_away(m); },
      [&state](usage_asked& m) { state.on_usage_asked(m); },
      [&state](audit_asked& m) { state.on_audit_asked(m); },
      [&state](const ledger_ends&) { state.on_end(); },
      [&state](const backup_asked& m) { state.on_backup(m); },
      [&state](const spending_unknown& m) { state.on_spending_unknown(m); },
  };
}

ledger_actor spawn_ledger(caf::actor_system& system, ledger_deps deps) {
  return system.spawn<caf::detached>(ledger, std::make_shared<ledger_deps>(std::move(deps)));
}

}  // namespace edgemesh::actors
