// Runs a node, or a fake backend, until it is told to stop. One thread here; the node has its own.
#pragma once
#include <string>
#include <vector>

#include "cli/configuration.hpp"
#include "cli/exit_code.hpp"

namespace edgemesh::cli {

struct serve_options {
  configuration_options configuration;
  std::string join;  ///< --join: a join token, "@FILE" or "-" for standard input; "" : none
};
int serve(const serve_options& options);

struct mock_flags {
  std::string kind = "llamacpp", listen = "127.0.0.1:0", control, ttft, itl, api_key;
  std::vector<std::string> models, faults;
  int tokens = 16, slots = 0, context = 32768;
  std::uint64_t seed = 1;
  bool no_embeddings = false;
};
int serve_mock(const mock_flags& flags);

}  // namespace edgemesh::cli
