// Commands that need no running node: check, discover, doctor. Each returns the process's exit code. One thread.
#pragma once
#include "cli/configuration.hpp"
#include "cli/exit_code.hpp"

namespace edgemesh::cli {

struct local_options {
  configuration_options configuration;
  bool json = false;
};
exit_code check(const local_options& options);
exit_code discover(const local_options& options);
exit_code doctor(const local_options& options);

}  // namespace edgemesh::cli
