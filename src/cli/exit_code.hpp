// What the process's exit code says. Part of the contract with scripts.
#pragma once
namespace edgemesh::cli {

enum class exit_code : int {
  done = 0,
  failed = 1,       ///< refused, or something is wrong
  usage = 2,        ///< wrong usage or configuration
  unreachable = 3,  ///< no node answers
};

}  // namespace edgemesh::cli
