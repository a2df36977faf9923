// The node's embedded store: families of byte keys and byte values with atomic batches, over RocksDB. Calls block (disk): the
// store's own detached actor and start-up call them, never a shard or a loop. One process at a time opens a folder.
// Errors are words for an operator: a folder in use, a corrupt file, a full disk, no permission; never a silent empty start.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace edgemesh::store {

/// One column family per kind of record. Stable names on disk; a family that this build does not know is kept.
enum class family : std::uint8_t {
  node,     ///< this node's own state: incarnation, store id, mesh
  records,  ///< the mesh's signed records, by record key
  usage,    ///< raw usage records, by number
  rows,     ///< usage summed up, by interval, time and name
  audit,    ///< audit entries, by number
  policy,   ///< keys and groups, by kind and id
};
inline constexpr int family_count = 6;

enum class durability : std::uint8_t {
  written,  ///< in the write-ahead log: survives the death of the process
  synced,   ///< on the disk: survives loss of power
};

struct change {
  family where = family::node;
  std::string key;
  std::optional<std::string> value;  ///< absent: delete
};

class store {
 public:
  virtual ~store() = default;
  virtual result<std::optional<std::string>> get(family where, std::string_view key) const = 0;
  virtual result<void> write(const std::vector<change>& batch, durability how) = 0;
  /// In order of keys, those that begin with `prefix`, until `visit` answers false.
  virtual result<void> scan(family where, std::string_view prefix,
                            const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
  /// The same for keys from `first` up to but without `end`; an empty `end`: all that follow.
  virtual result<void> scan_range(family where, std::string_view first, std::string_view end,
                                  const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
  /// Brings what was written so far to the disk.
  virtual result<void> sync() = 0;
  /// A copy of all of it as of one moment, in a new folder, while it is being used. Hard links where the disk is the same.
  virtual result<void> copy_to(const std::filesystem::path& folder) = 0;
};

/// Opens or makes the store in `folder`.
result<std::unique_ptr<store>> open_store(const std::filesystem::path& folder);
/// Reads every file and checks every checksum; the number of entries, or the first thing wrong.
result<std::uint64_t> check_store(const std::filesystem::path& folder);

}  // namespace edgemesh::store
