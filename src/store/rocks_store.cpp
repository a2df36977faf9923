// The store over RocksDB: opening and its failures, reading and writing, checking.
#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <array>
#include <utility>

#include "store/rocks_options.hpp"
#include "store/rocks_words.hpp"
#include "store/store.hpp"

namespace edgemesh::store {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, family_count> family_names{"node", "records", "usage", "rows", "audit", "policy"};

/// A database with all its families, those that this build does not know included. Closes in the right order.
struct open_database {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  open_database() = default;
  open_database(open_database&& other) noexcept : db(std::move(other.db)), handles(std::exchange(other.handles, {})) {}
  open_database& operator=(open_database&&) = delete;
  ~open_database() {
    for (auto* h : handles) db->DestroyColumnFamilyHandle(h);  // of an open database: cannot fail
    if (db) db->Close().PermitUncheckedError();                // what was not written by now is reported by nobody else
  }
  rocksdb::ColumnFamilyHandle* named(const std::string& name) const {
    const auto found = std::find_if(handles.begin(), handles.end(), [&](auto* h) { return h->GetName() == name; });
    return found == handles.end() ? nullptr : *found;
  }
};

/// Files of a database without the one that says which of them count: opening would begin an empty one beside them.
bool has_lost_its_index(const fs::path& folder, std::error_code& failure) {
  if (fs::exists(folder / "CURRENT", failure) || failure) return false;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("MANIFEST-") || name.ends_with(".sst") || name.ends_with(".log")) return true;
  }
  return false;
}

result<void> examine(const fs::path& folder) {
  std::error_code failure;
  if (has_lost_its_index(folder, failure))
    return words_for(rocksdb::Status::Corruption("its file CURRENT is missing"), folder);
  if (failure) return words_for(failure, folder);
  return {};
}

/// The families on disk and those of this build.
result<std::vector<rocksdb::ColumnFamilyDescriptor>> families_of(const fs::path& folder, const rocksdb::DBOptions& options,
                                                                 bool may_be_new) {
  std::vector<std::string> names;
  std::error_code failure;
  if (fs::exists(folder / "CURRENT", failure) || !may_be_new) {
    const auto listed = rocksdb::DB::ListColumnFamilies(options, folder.string(), &names);
    if (!listed.ok()) return words_for(listed, folder);
  } else {
    names.push_back(rocksdb::kDefaultColumnFamilyName);
  }
  if (may_be_new)
    for (const auto* known : family_names)
      if (std::find(names.begin(), names.end(), known) == names.end()) names.push_back(known);
  const auto shape = family_options();
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  for (const auto& name : names) out.emplace_back(name, shape);
  return out;
}

result<open_database> open_families(const fs::path& folder, bool read_only) {
  if (auto fine = examine(folder); !fine) return fine.error();
  auto options = database_options();
  const auto families = families_of(folder, options, !read_only);
  if (!families) return families.error();
  open_database out;
  rocksdb::DB* db = nullptr;
  const auto status = read_only ? rocksdb::DB::OpenForReadOnly(options, folder.string(), *families, &out.handles, &db)
                                : rocksdb::DB::Open(options, folder.string(), *families, &out.handles, &db);
  if (!status.ok()) return words_for(status, folder);
  out.db.reset(db);
  return out;
}

/// An empty view may have no address, and RocksDB compares what is there.
rocksdb::Slice slice_of(std::string_view bytes) { return bytes.empty() ? rocksdb::Slice() : rocksdb::Slice(bytes.data(), bytes.size()); }

class rocks_store final : public store {
 public:
  rocks_store(fs::path folder, open_database opened) : folder_(std::move(folder)), open_(std::move(opened)) {
    for (std::size_t i = 0; i < family_names.size(); ++i) handles_[i] = open_.named(family_names[i]);
  }

  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    std::string value;
    const auto status = open_.db->Get({}, handle(where), slice_of(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return words_for(status, folder_);
    return std::optional(std::move(value));
  }

  result<void> write(const std::vector<change>& changes, durability how) override {
    rocksdb::WriteBatch batch;
    for (const auto& c : changes) {
      const auto status = c.value ? batch.Put(handle(c.where), c.key, *c.value) : batch.Delete(handle(c.where), c.key);
      if (!status.ok()) return words_for(status, folder_);
    }
    rocksdb::WriteOptions options;
    options.sync = how == durability::synced;
    // After a full disk RocksDB refuses every write until it has seen room again, for which it looks every 5 s by itself.
    if (const auto status = open_.db->Write(options, &batch); !status.ok()) return words_for(status, folder_);
    return {};
  }

  result<void> scan(family where, std::string_view prefix,
                    const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    const std::unique_ptr<rocksdb::Iterator> at(open_.db->NewIterator({}, handle(where)));
    const rocksdb::Slice wanted = slice_of(prefix);
    for (at->Seek(wanted); at->Valid() && at->key().starts_with(wanted); at->Next())
      if (!visit(at->key().ToStringView(), at->value().ToStringView())) break;
    if (!at->status().ok()) return words_for(at->status(), folder_);
    return {};
  }

  result<void> scan_range(family where, std::string_view first, std::string_view end,
                          const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    rocksdb::ReadOptions options;
    const rocksdb::Slice upper = slice_of(end);
    if (!end.empty()) options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> at(open_.db->NewIterator(options, handle(where)));
    for (at->Seek(slice_of(first)); at->Valid(); at->Next())
      if (!visit(at->key().ToStringView(), at->value().ToStringView())) break;
    if (!at->status().ok()) return words_for(at->status(), folder_);
    return {};
  }

  result<void> sync() override {
    if (const auto status = open_.db->SyncWAL(); !status.ok()) return words_for(status, folder_);
    return {};
  }

  result<void> copy_to(const fs::path& folder) override {
    rocksdb::Checkpoint* made = nullptr;
    if (const auto status = rocksdb::Checkpoint::Create(open_.db.get(), &made); !status.ok()) return words_for(status, folder_);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    std::error_code failure;
    if (fs::exists(folder, failure)) return error{folder.string() + " is there already: name a folder that is not"};
    if (const auto status = checkpoint->CreateCheckpoint(folder.string()); !status.ok()) return words_for(status, folder);
    return {};
  }

 private:
  rocksdb::ColumnFamilyHandle* handle(family f) const { return handles_[static_cast<std::size_t>(f)]; }

  fs::path folder_;
  open_database open_;
  std::array<rocksdb::ColumnFamilyHandle*, family_count> handles_{};
};

result<std::uint64_t> count_entries(const open_database& in, const fs::path& folder) {
  std::uint64_t out = 0;
  for (auto* family : in.handles) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at(in.db->NewIterator(options, family));
    for (at->SeekToFirst(); at->Valid(); at->Next()) ++out;
    if (!at->status().ok()) return words_for(at->status(), folder);
  }
  return out;
}

}  // namespace

result<std::unique_ptr<store>> open_store(const fs::path& folder) {
  std::error_code failure;
  const bool is_new = fs::create_directories(folder, failure);
  if (failure) return words_for(failure, folder);
  if (is_new) fs::permissions(folder, fs::perms::owner_all, failure);
  if (failure) return words_for(failure, folder);
  auto opened = open_families(folder, false);
  if (!opened) return opened.error();
  return std::unique_ptr<store>(std::make_unique<rocks_store>(folder, std::move(*opened)));
}

result<std::uint64_t> check_store(const fs::path& folder) {
  std::error_code failure;
  if (!fs::exists(folder, failure)) return failure ? words_for(failure, folder) : error{"there is no store " + folder.string()};
  auto opened = open_families(folder, true);
  if (!opened) return opened.error();
  if (const auto status = opened->db->VerifyChecksum(); !status.ok()) return words_for(status, folder);
  return count_entries(*opened, folder);
}

}  // namespace edgemesh::store
