// A store made from a backup. What is written to it afterwards has another origin than what was written after the backup by the store that it
// replaces: the store's id is made anew at the next start. Blocks.
#pragma once
#include <filesystem>

#include "base/result.hpp"

namespace edgemesh::store {

/// Checks the backup, copies it, and puts it in place of nothing. Errors: a backup that is none or damaged; a store that is there already; the
/// disk. Whatever fails, `folder` is not there afterwards.
result<void> restore_store(const std::filesystem::path& backup, const std::filesystem::path& folder);

}  // namespace edgemesh::store
