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

  using fresh_name = std::function<std::uint64_t()>;
  /// Writes into `book` what an earlier life left, of as many shards as it had, and makes `count` new ones. Errors: the store's; no room or no right to make a
  /// file of 4 MiB each.
  static result<usage_journals> open(const std::filesystem::path& store_folder, std::size_t count, store& in, usage_book& book, const fresh_name& name);
  /// Without files, for nodes and tests that lose it all with the process.
  static usage_journals in_memory(std::size_t count, std::size_t size = journal_size);

  std::size_t size() const noexcept { return journals_.size(); }
  usage_journal& operator[](std::size_t number) noexcept { return *journals_[number]->ring; }
  /// What the store has to know when it has all before `position` of that journal.
  change place(std::size_t number, std::uint64_t position) const;
  /// So that appending does not wait for a disk: what will be written next. False: there is no room, or the disk fails. Blocks.
  bool prepare(std::size_t number) noexcept;
  /// Records that the last life left.
  std::size_t recovered() const noexcept { return recovered_; }

 private:
  struct journal {
    std::unique_ptr<platform::mapped_file> file;  // null: in memory
    std::vector<char> memory;
    std::unique_ptr<usage_journal> ring;
  };
  usage_journals() = default;

  std::vector<std::unique_ptr<journal>> journals_;
  std::size_t recovered_ = 0;
};

}  // namespace edgemesh::store
