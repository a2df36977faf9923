#include "actors/accounts/accounts_life.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "net/secure_random.hpp"
#include "platform/private_file.hpp"
#include "store/policy_state.hpp"

namespace edgemesh::actors {

namespace {

store_id random_store_id() {
  store_id out;
  net::fill_random(out.bytes);
  return out;
}

result<void> load_keys(const store::store& disk, accounts::key_book& into) {
  auto rows = store::load_policies(disk);
  if (!rows) return rows.error();
  for (auto& row : *rows) {
    const accounts::subject_name name{row.is_group ? accounts::subject_kind::group : accounts::subject_kind::key, row.id};
    if (!into.load(name, std::move(row.body))) return error{"the store has a record of a key or group that is out of bounds: " + row.id};
  }
  return {};
}

accounts::act at_start() {
  accounts::act a;
  a.by.role = key_role::admin;
  a.now = std::chrono::system_clock::now();
  a.stamp = replication::hybrid_clock().stamp(std::chrono::duration_cast<milliseconds>(a.now.time_since_epoch()).count());
  return a;
}

error key_file_error(const std::string& path, const platform::private_file_made& made) {
  if (made.state == platform::private_file_state::exists)
    return error{path + " is there already, but the store has no keys: move the file away, and the node makes a first admin key again"};
  return error{"cannot write " + path + ": " + made.reason.message()};
}

/// The file first: a key that nobody knows would be of no use, a file without its key is found at the next start.
result<void> make_first_key(const settings::node_settings& settings, accounts_life& life) {
  const std::string path = (settings.data_dir / "admin.key").string();
  auto first = life.keys.first_admin_key(at_start());
  const auto made = platform::create_private_file(path, std::string(first.token.reveal()) + "\n");
  if (made.state != platform::private_file_state::good) return key_file_error(path, made);
  std::vector<store::change> changes;
  for (const auto& r : first.change.records) changes.push_back(store::policy_change({r.kind == accounts::subject_kind::group, r.id, r.body}));
  if (auto written = life.audit.append(first.change.audit, store::durability::synced, std::move(changes)); !written) return written.error();
  life.keys.apply(first.change);
  log::info("first_admin_key", {{"file", path}});
  return {};
}

}  // namespace

result<std::unique_ptr<accounts_life>> open_accounts(const settings::node_settings& settings, std::shared_ptr<store::store> disk) {
  if (settings.auth.mode == settings::auth_mode::none) return std::unique_ptr<accounts_life>();
  if (!disk) {
    auto opened = store::open_store(settings::store_folder_of(settings));
    if (!opened) return opened.error();
    disk = std::move(*opened);
  }
  const auto id = store::load_or_make_store_id(*disk, random_store_id());
  if (!id) return id.error();
  accounts::key_book keys({settings.data_classes, id->id, id->former, [](std::span<std::uint8_t> out) { net::fill_random(out); }});
  if (auto loaded = load_keys(*disk, keys); !loaded) return loaded.error();
  auto book = store::usage_book::open(*disk, id->id);
  if (!book) return book.error();
  auto journals = store::usage_journals::open(settings::store_folder_of(settings), static_cast<std::size_t>(settings::shard_count_of(settings)), *disk, *book, net::random_seed);
  if (!journals) return journals.error();
  if (const auto& found = journals->found(); found.records > 0) log::info("usage_recovered", {{"records", found.records}});
  if (const auto& found = journals->found(); found.damaged + found.missing > 0)
    log::error("usage_journal_damaged", {{"records", found.damaged}, {"files_missing", found.missing}});
  auto audit = store::audit_log::open(*disk);
  if (!audit) return audit.error();
  auto life = std::make_unique<accounts_life>(accounts_life{std::move(disk), std::move(*book), std::move(*audit), std::move(keys), std::move(*journals)});
  if (life->keys.table().keys().empty())
    if (auto made = make_first_key(settings, *life); !made) return made.error();
  return life;
}

}  // namespace edgemesh::actors
