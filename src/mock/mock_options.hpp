// Settings of one fake backend. Plain values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/backend_kind.hpp"
#include "domain/network_address.hpp"
#include "mock/fault.hpp"

namespace edgemesh::mock {

struct mock_options {
  backend_kind kind = backend_kind::llamacpp;  ///< `automatic` is refused
  host_port listen{"127.0.0.1", 0};            ///< port 0: the system chooses
  std::optional<host_port> control;   ///< a second listener for /mock/* alone, which `refuse` does not close
  std::vector<std::string> models;    ///< empty: one, "mock-model"; cognis turns a bare name into a file path
  milliseconds ttft{0};               ///< from the request to the first token
  milliseconds itl{0};                ///< between tokens; 0 (with ttft 0): the whole answer in one write
  int tokens = 16;                    ///< length of an answer that nothing else limits
  std::vector<fault_setting> faults;  ///< the first that hits wins
  std::uint64_t seed = 1;             ///< of fault draws and ids
  int slots =
      0;  ///< answers at once, the rest wait in silence; 0: 256 for llamacpp and cognis, else no limit
  int context = 32768;                   ///< tokens (words) of a prompt
  int dimensions = 8;                    ///< of an embedding
  bool embeddings = true;                ///< false: 501 on llamacpp and cognis, "does not support" elsewhere
  std::string api_key;                   ///< asked for as Bearer where the dialect has keys; empty: open
  milliseconds ping{30000};              ///< silence after which llamacpp and cognis send an SSE comment
  milliseconds keep_alive{0};            ///< an idle connection is closed after this long; 0: 300 s
  std::size_t connections_max = 20'000;  ///< beyond it a new connection is closed at once
  std::size_t body_max = 256u << 20;     ///< bytes of a request's body; beyond it 413
};

}  // namespace edgemesh::mock
