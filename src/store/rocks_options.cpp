#include "store/rocks_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <cstdarg>
#include <cstdio>

#include "base/ascii.hpp"
#include "base/log.hpp"

namespace edgemesh::store {
namespace {

constexpr std::size_t kib = 1024, mib = 1024 * kib;

/// RocksDB's errors go to the node's log, its warnings (about its own pace) only at debug: LOG files of its own would be made and
/// renamed at each start.
class log_bridge final : public rocksdb::Logger {
 public:
  log_bridge() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override { say(log::level::debug, format, arguments); }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level == rocksdb::InfoLogLevel::HEADER_LEVEL) return;
    say(level == rocksdb::InfoLogLevel::WARN_LEVEL ? log::level::debug : log::level::warn, format, arguments);
  }

 private:
  static void say(log::level level, const char* format, va_list arguments) {
    char line[512];
    const int length = std::vsnprintf(line, sizeof line, format, arguments);
    if (length > 0) log::write(level, "store", {{"detail", ascii::trim(line)}});
  }
};

}  // namespace

rocksdb::DBOptions database_options() {
  rocksdb::DBOptions out;
  out.create_if_missing = true;
  out.create_missing_column_families = true;
  out.paranoid_checks = true;
  out.info_log = std::make_shared<log_bridge>();
  out.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  out.stats_dump_period_sec = 0;  // with stats_persist_period_sec: no thread for statistics
  out.stats_persist_period_sec = 0;
  out.max_background_jobs = 2;  // one flush, one compaction
  out.max_open_files = 128;
  out.max_file_opening_threads = 1;
  out.table_cache_numshardbits = 2;
  out.max_total_wal_size = 4 * mib;  // bounds what a start has to replay
  out.avoid_flush_during_recovery = true;  // what a start replays stays in memory and in its log: no table is written
  out.manifest_preallocation_size = 64 * kib;
  out.max_manifest_file_size = 4 * mib;
  out.track_and_verify_wals_in_manifest = true;  // a log file that is gone is noticed
  // After a loss of power the end of the log may be torn: everything before it counts, the node starts.
  out.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  return out;
}

rocksdb::ColumnFamilyOptions family_options() {
  rocksdb::ColumnFamilyOptions out;
  out.write_buffer_size = 1 * mib;
  out.arena_block_size = 32 * kib;
  out.max_write_buffer_number = 3;
  out.target_file_size_base = 4 * mib;
  out.max_bytes_for_level_base = 16 * mib;
  out.compression = rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(1 * mib, 0);
  table.format_version = 5;
  table.checksum = rocksdb::kCRC32c;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return out;
}

}  // namespace edgemesh::store
