// The journals of a node's shards as files beside its store, and how far the store has taken what is in them: both say together what was
// used, whenever the process dies. Family node, "usage.journal.<number>" -> the journal's name and a position, written in the same batch
// as the records before that position. Opening blocks.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "platform/mapped_file.hpp"
#include "store/store.hpp"
#include "store/usage_book.hpp"
#include "store/usage_journal.hpp"

namespace edgemesh::store {

class usage_journals {
 public:
  /// Of each: over ten thousand requests that wait for a disk.
  static constexpr std::size_t journal_size = std::size_t{4} << 20;
  /// In the node's store folder: who moves a store away moves what belongs to it.
  static constexpr const char* folder_name = "journals";

  /// What the last life left.
  struct legacy {
    std::size_t records = 0;  ///< in the store now
    std::size_t damaged = 0;  ///< whole, but no record that this build can read
    std::size_t missing = 0;  ///< journals that the store knows and that are not there
  };
  using fresh_name = std::function<std::uint64_t()>;

  /// Writes into `book` what an earlier life left, of as many shards as it had, and makes `count` new ones. Errors: the store's; no room or no
  /// right to make a file of 4 MiB each, or a file system that cannot map files.
  static result<usage_journals> open(const std::filesystem::path& store_folder, std::size_t count, store& in, usage_book& book, const fresh_name& name);
  /// In these files, of which nothing is known.
  static usage_journals over(std::vector<std::unique_ptr<platform::mapped_file>> files);

  std::size_t size() const noexcept { return journals_.size(); }
  usage_journal& operator[](std::size_t number) noexcept { return *journals_[number].ring; }
  /// What the store has to know when it has all before `position` of that journal.
  change place(std::size_t number, std::uint64_t position) const;
  /// The reading thread. Makes what will be appended next wait for no disk, if anything was appended since the last call; mends what is broken. False: there is no
  /// room, or the disk fails. Blocks.
  bool prepare(std::size_t number) noexcept;
  const legacy& found() const noexcept { return found_; }

  /// Of all. Any thread.
  std::uint64_t waiting() const noexcept;
  bool is_any_crowded() const noexcept;

 private:
  struct journal {
    std::unique_ptr<platform::mapped_file> file;
    std::unique_ptr<usage_journal> ring;
    std::uint64_t prepared_at = UINT64_MAX;  // where its end was then
  };
  usage_journals() = default;

  std::vector<journal> journals_;
  legacy found_;
};

/// The store knows of no journals any more: what lies beside it is another one's.
result<void> forget_journals(store& in);

}  // namespace edgemesh::store
