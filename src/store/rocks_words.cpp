#include "store/rocks_words.hpp"

#include <rocksdb/status.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace edgemesh::store {
namespace {

error in_use(const std::string& name) {
  return error{name + " is in use by another process: stop that node first, or give this one a data_dir of its own"};
}
error forbidden(const std::string& name) {
  return error{name + " cannot be read and written by this user: give its owner as the node's user, or correct its permissions"};
}
error full(const std::string& name) { return error{"there is no room left where " + name + " lies: free some disk space"}; }

}  // namespace

error words_for(const rocksdb::Status& status, const std::filesystem::path& folder) {
  const std::string name = "the store " + folder.string();
  const std::string said = status.ToString();
  const auto says = [&](std::string_view part) { return said.find(part) != std::string::npos; };
  if (says("/LOCK: Resource temporarily unavailable") || says("lock hold by current process")) return in_use(name);
  if (status.IsNoSpace() || says("No space left") || says("File too large") || says("Disk quota")) return full(name);
  if (says("Permission denied") || says("Read-only file system") || says("Operation not permitted")) return forbidden(name);
  // A file that is missing or shorter than the others say is damage too: RocksDB reports some of these as I/O errors.
  if (status.IsCorruption() || status.subcode() == rocksdb::Status::kPathNotFound || says("No such file") || says("Input/output error"))
    return error{name + " is damaged: restore it from a backup, or move it away and let the node join again (" + said + ")"};
  if (status.IsNotSupported() || status.IsInvalidArgument())
    return error{name + " was written by a version that this one cannot read (" + said + ")"};
  return error{name + " does not work: " + said};
}

error words_for(const std::error_code& failure, const std::filesystem::path& folder) {
  const std::string name = "the store " + folder.string();
  switch (failure.value()) {
    case EACCES:
    case EPERM:
    case EROFS: return forbidden(name);
    case ENOSPC:
    case EDQUOT: return full(name);
    default: return error{name + " cannot be opened: " + failure.message()};
  }
}

}  // namespace edgemesh::store
