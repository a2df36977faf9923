// How RocksDB is set up for a node that should stay small: little memory, few threads, no log files of its own. Values that were
// measured stand beside their reason in the .cpp. Pure but for the logger, which writes to the node's log.
#pragma once
#include <string>

namespace rocksdb {
struct ColumnFamilyOptions;
struct DBOptions;
}  // namespace rocksdb

namespace edgemesh::store {

rocksdb::DBOptions database_options();
rocksdb::ColumnFamilyOptions family_options();

}  // namespace edgemesh::store
