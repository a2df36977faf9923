// Probes an endpoint from a command, without a node: a bare connect first (a port without a listener gets no request), then
// the questions of the dialect's own probe. Blocks; one thread.
#pragma once
#include <string>
#include <vector>

#include "cli/http_client.hpp"
#include "dialects/probe.hpp"
#include "settings/backend_settings.hpp"

namespace edgemesh::cli {

struct probed_backend {
  struct step {
    std::string target;
    int status = 0;       ///< 0: no answer
    std::string failure;  ///< what went wrong, "" when answered
    milliseconds latency{0};
  };
  std::string name, url;
  connect_report connect;
  std::vector<step> steps;
  std::string date;  ///< the last Date header, raw
  dialects::probe_report report;
};

/// Questions per probe are bounded by `questions_max`.
probed_backend probe_backend(const settings::backend_settings& backend, int questions_max = 64);

/// What answers on this machine's well-known ports, on 127.0.0.1 and where nobody listens there on ::1. Ports of `taken`
/// endpoints ("127.0.0.1:8080") are left out.
std::vector<probed_backend> probe_local_ports(const std::vector<std::string>& taken = {});

/// "ready", "EdgeMesh node", "nobody listens", ... and the first thing wrong.
std::string verdict_of(const probed_backend& probed);

}  // namespace edgemesh::cli
