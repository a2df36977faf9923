#include "actors/accounts/accounts_host.hpp"

#include <caf/all.hpp>
#include <algorithm>
#include <filesystem>

#include "accounts/views.hpp"
#include "actors/accounts/ledger_actor.hpp"
#include "http/metrics_text.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"
#include "store/policy_state.hpp"

namespace edgemesh::actors {

namespace {

using kind = http::admin_question::kind;
using accounts::act;
using accounts::key_book;

http::admin_answer of(const openai::api_error& e) { return {e.status, e.body()}; }

http::admin_answer of(openai::api_result<std::string> page) {
  if (!page) return of(page.error());
  return {200, std::move(*page)};
}

openai::api_error not_written() {
  return openai::unavailable("the change could not be written to disk, so nothing was changed", "store_failed", seconds(5));
}

std::int64_t free_bytes(const std::filesystem::path& folder) {
  std::error_code ec;
  const auto space = std::filesystem::space(folder, ec);
  return ec ? -1 : static_cast<std::int64_t>(space.available);
}

accounts::actor_facts facts_of(const http::admin_actor& a) { return {a.key, a.role, a.group}; }

/// What a changing question does to the book; empty for the others.
std::function<key_book::outcome(const key_book&, const act&)> operation_of(http::admin_question q) {
  const auto what = q.what;
  auto with = [q = std::make_shared<http::admin_question>(std::move(q))](auto f) {
    return [q, f](const key_book& book, const act& a) { return f(book, *q, a); };
  };
  switch (what) {
    case kind::key_create: return with([](const auto& book, const auto& m, const act& a) { return book.create_key(m.body, a); });
    case kind::key_update: return with([](const auto& book, const auto& m, const act& a) { return book.update_key(m.subject, m.body, a); });
    case kind::key_revoke: return with([](const auto& book, const auto& m, const act& a) { return book.revoke_key(m.subject, a); });
    case kind::key_rotate: return with([](const auto& book, const auto& m, const act& a) { return book.rotate_key(m.subject, m.body, a); });
    case kind::keys_import: return with([](const auto& book, const auto& m, const act& a) { return book.import_keys(m.body, a); });
    case kind::group_create: return with([](const auto& book, const auto& m, const act& a) { return book.create_group(m.body, a); });
    case kind::group_update: return with([](const auto& book, const auto& m, const act& a) { return book.update_group(m.subject, m.body, a); });
    case kind::group_delete: return with([](const auto& book, const auto& m, const act& a) { return book.delete_group(m.subject, a); });
    default: return nullptr;
  }
}

}  // namespace

accounts_host::accounts_host(accounts_deps deps, std::unique_ptr<accounts_life> life) : deps_(std::move(deps)), life_(std::move(life)) {}

result<void> accounts_host::start() {
  const auto& table = life_->keys.table();
  clock_ = replication::hybrid_clock(accounts::latest_stamp(table));
  (void)rings_.rebuild(table);
  if (auto restored = restore_spending(life_->book, unspent_of(table, rings_.take_fresh()), deps_.wall()); !restored) return restored;
  ledger_deps l{life_->disk, std::move(life_->book), std::move(life_->audit), life_->journals, shared_, deps_.wall,
                [folder = deps_.store_folder] { return free_bytes(folder); }};
  l.reserve_bytes = static_cast<std::int64_t>(deps_.store.reserve);
  l.sync = deps_.store.sync;
  l.node = deps_.node;
  const auto& keep = deps_.keep;
  l.keep_usage = {keep.raw_days, kept_days()};
  l.keep_audit = {static_cast<std::uint64_t>(keep.audit_entries), keep.audit_days};
  l.audit_file = keep.audit_file;
  ledger_ = spawn_ledger(deps_.system, std::move(l));
  return {};
}

void accounts_host::stop() {
  caf::anon_send(ledger_, ledger_ends{});
  ledger_ = ledger_actor();
}

void accounts_host::append_metrics(std::string& out) const {
  const auto one = [&](std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
    http::append_family(out, name, type, help);
    http::append_sample(out, name, "", value);
  };
  one("edgemesh_usage_records_total", "counter", "Requests whose usage is on record", shared_.records.load());
  one("edgemesh_usage_failures_total", "counter", "Requests whose usage is lost", shared_.failures.load());
  one("edgemesh_usage_waiting", "gauge", "Records that stand in a journal and not yet in the store", life_->journals.waiting());
  one("edgemesh_accounts_closed", "gauge", "1 while requests of keys are refused: the disk is full, fails or is far behind", shared_.is_closed.load() || life_->journals.is_any_crowded() ? 1 : 0);
  one("edgemesh_accounts_low", "gauge", "1 while the disk has less room than is to be kept free, so that sums alone are written", shared_.is_low.load() ? 1 : 0);
  one("edgemesh_keys", "gauge", "Secrets that open something", rings_.ring()->size());
}

bool accounts_host::takes(kind what) noexcept { return what >= kind::keys && what <= kind::store_backup; }

void accounts_host::ask(http::admin_question q, reply_function reply) {
  if (q.what == kind::usage) return usage(q, std::move(reply));
  if (q.what == kind::audit) return audit(q, std::move(reply));
  if (q.what == kind::store_backup) return back_up(q, std::move(reply));
  const auto by = facts_of(q.asker);
  if (auto make = operation_of(q)) return change(by, std::move(make), std::move(reply));
  show(q, act_of(by), reply);
}

act accounts_host::act_of(const accounts::actor_facts& by) {
  act a;
  a.by = by;
  a.now = deps_.wall();
  a.stamp = clock_.stamp(a.unix_ms());
  return a;
}

void accounts_host::show(const http::admin_question& q, const act& a, const reply_function& reply) const {
  const auto& table = life_->keys.table();
  if (q.what == kind::key) return reply(of(accounts::key_page(table, q.subject, a)));
  if (q.what == kind::group) return reply(of(accounts::group_page(table, q.subject, a)));
  const auto page = accounts::read_page_request(q.query);
  if (!page) return reply(of(page.error()));
  reply(of(q.what == kind::keys ? accounts::keys_page(table, *page, a) : accounts::groups_page(table, *page, a)));
}

void accounts_host::change(accounts::actor_facts by, operation make, reply_function reply) {
  if (waiting_.size() >= waiting_max) return reply(of(openai::unavailable("too many changes at once", "busy", seconds(1))));
  waiting_.push_back({std::move(by), std::move(make), std::move(reply)});
  if (!is_writing_) next_change();
}

/// Errors are answered at once; the first change that has something to write is written.
void accounts_host::next_change() {
  while (!is_writing_ && !waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    auto made = next.make(life_->keys, act_of(next.by));
    if (!made) {
      next.reply(of(made.error()));
      continue;
    }
    std::vector<store::change> changes;
    for (const auto& r : made->records) changes.push_back(store::policy_change({r.kind == accounts::subject_kind::group, r.id, r.body}));
    if (changes.empty() && made->audit.empty()) {
      next.reply({made->status, made->body});
      continue;
    }
    is_writing_ = true;
    auto audit = made->audit;
    auto done = [this, made = std::make_shared<accounts::book_change>(std::move(*made)), reply = std::move(next.reply)](std::optional<bool> is_kept) {
      deps_.control.post([this, made, reply, is_kept] { written(*made, is_kept.value_or(false), reply); });
    };
    caf::anon_send(ledger_, policy_changed{std::move(changes), std::move(audit), reply_slot<bool>(std::move(done))});
  }
}

void accounts_host::written(const accounts::book_change& made, bool is_kept, const reply_function& reply) {
  is_writing_ = false;
  if (is_kept && life_->keys.apply(made)) {
    publish(made);
    reply({made.status, made.body});
  } else {
    reply(of(not_written()));
  }
  next_change();
}

/// A budget that is new counts what was used before it, as soon as that is read.
void accounts_host::publish(const accounts::book_change& made) {
  const auto& table = life_->keys.table();
  std::vector<accounts::subject_name> changed;
  for (const auto& r : made.records) changed.push_back({r.kind, r.id});
  deps_.ring_is(rings_.update(table, changed), made.ended_keys);
  if (auto fresh = rings_.take_fresh(); !fresh.empty()) caf::anon_send(ledger_, spending_unknown{unspent_of(table, std::move(fresh))});
}

void accounts_host::usage(const http::admin_question& q, reply_function reply) {
  auto question = admission::read_usage_question(q.query, deps_.wall());
  if (!question) return reply(of(question.error()));
  if (auto e = question->fit_to(kept_days(), deps_.wall())) return reply(of(*e));
  if (q.asker.role == key_role::group_admin) question->only[admission::usage_dimension::group] = {q.asker.group};
  caf::anon_send(ledger_, usage_asked{std::move(*question), names(), on_control(std::move(reply))});
}

void accounts_host::audit(const http::admin_question& q, reply_function reply) {
  auto question = read_audit_question(q.query);
  if (!question) return reply(of(question.error()));
  caf::anon_send(ledger_, audit_asked{std::move(*question), on_control(std::move(reply))});
}

/// The folder is this machine's: whoever asks is an admin of this node.
void accounts_host::back_up(const http::admin_question& q, reply_function reply) {
  const auto folder = json::validate(q.body) ? std::nullopt : json::value::first_in(q.body)["folder"].text();
  if (!folder || folder->empty() || (*folder)[0] != '/')
    return reply(of(openai::bad_request("expected {\"folder\": an absolute path on the node's machine}", "folder")));
  caf::anon_send(ledger_, backup_asked{*folder, q.asker.key, on_control(std::move(reply))});
}

reply_slot<http::admin_answer> accounts_host::on_control(reply_function reply) {
  return reply_slot<http::admin_answer>([this, reply = std::move(reply)](std::optional<http::admin_answer> a) {
    deps_.control.post([reply, a = std::move(a)] { reply(a ? *a : of(openai::unavailable("this node is ending", "not_ready", seconds(1)))); });
  });
}

std::shared_ptr<const key_names> accounts_host::names() const {
  auto out = std::make_shared<key_names>();
  const auto& table = life_->keys.table();
  for (const auto& [id, registers] : table.keys()) {
    const auto policy = accounts::read_key(registers, table.rule()).policy;
    out->emplace(id, admission::key_facts{policy.name, policy.owner, policy.tags});
  }
  for (const auto& [id, _] : table.groups()) out->emplace(id, admission::key_facts{table.name_of_group(id), {}, {}});
  return out;
}

}  // namespace edgemesh::actors
