// A streaming chat in the terminal, to try a node. One thread; blocks.
#pragma once
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/node_origin.hpp"

namespace edgemesh::cli {

struct chat_options {
  std::string api;     ///< --api H:P or https://H:P; "" : from the configuration, else 127.0.0.1:8780
  std::string config;  ///< --config
  std::string key;     ///< --key; "" : none
  tls_flags tls;
  std::string model;   ///< "" : the node's only model, else its first
  std::vector<std::string> words;  ///< the prompt; none: read from standard input, turn by turn on a terminal
};
exit_code chat(const chat_options& options);

}  // namespace edgemesh::cli
