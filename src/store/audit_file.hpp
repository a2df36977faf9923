// Entries of the audit log as lines in a file, for programs that gather logs. The file is opened for each batch, so that it may be moved away at any
// time. Made for its owner alone. Blocks.
#pragma once
#include <filesystem>
#include <string_view>

#include "base/result.hpp"

namespace edgemesh::store {

/// `lines`: each with its end. Errors: the file cannot be written.
result<void> append_lines(const std::filesystem::path& file, std::string_view lines);

}  // namespace edgemesh::store
