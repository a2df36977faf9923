// store check, backup and restore. Each returns the process's exit code. One thread.
#pragma once
#include <string>

#include "cli/admin_link.hpp"
#include "cli/configuration.hpp"
#include "cli/exit_code.hpp"

namespace edgemesh::cli {

struct store_options {
  configuration_options configuration;
  std::string folder;  ///< restore: the backup
};
exit_code check_the_store(const store_options& options);
exit_code restore_the_store(const store_options& options);

struct backup_options {
  admin_options admin;
  std::string folder;
};
/// Asks the running node.
exit_code back_up_store(const backup_options& options);

}  // namespace edgemesh::cli
