// What a failure of RocksDB means to an operator: its status as one line that names the folder and says what to do. Pure.
#pragma once
#include <filesystem>

#include "base/result.hpp"

namespace rocksdb {
class Status;
}

namespace edgemesh::store {

error words_for(const rocksdb::Status& status, const std::filesystem::path& folder);
/// Of the file system's own complaints, as words_for() says them.
error words_for(const std::error_code& failure, const std::filesystem::path& folder);

}  // namespace edgemesh::store
