// How a backend is probed: a pure machine that asks for one HTTP exchange after the other and ends with a report.
// The backend's actor runs it through http::fetch. One probe run, one thread. No I/O here.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/backend_kind.hpp"
#include "domain/backend_state.hpp"
#include "domain/load_report.hpp"
#include "domain/model_offer.hpp"

namespace edgemesh::dialects {

struct probe_request {
  std::string method = "GET";
  std::string target{};          ///< path under the backend's base path
  std::string body{};            ///< JSON for POST
  milliseconds timeout{2000};
  std::size_t bytes_max = 1u << 20;
};

struct probe_reply {
  enum class outcome : std::uint8_t { answered, refused, timed_out, broken };
  outcome result = outcome::refused;
  int status = 0;
  std::string content_type;
  std::string body;
  std::string edgemesh_node;  ///< x-edgemesh-node response header: the other end is an EdgeMesh node
  std::string why{};  ///< more exactly why it was not answered, in our own words; "" when no more is known
};

struct probe_report {
  backend_kind kind = backend_kind::automatic;  ///< what answered, resolved
  backend_health health = backend_health::unknown;
  std::string detail;             ///< the first thing wrong, in our words ("" when ready); never upstream text
  std::string version;            ///< of the server, when it says one (letters, digits, ".-_+" only, 64 at most)
  std::vector<model_offer> models;  ///< names as the backend lists them, before allow list and rename
  bool models_known = false;      ///< the list was read in this run (else keep the last one)
  load_report load;
  bool is_edgemesh = false;
};

class probe {
 public:
  virtual ~probe() = default;
  virtual std::optional<probe_request> next() = 0;  ///< nullopt: finished, take the report
  virtual void reply(const probe_reply& r) = 0;     ///< the answer to the last next()
  virtual probe_report report() const = 0;
};

/// What is already known and need not be asked again (Ollama's /api/show per model digest, for one).
struct probe_memory {
  std::vector<std::pair<std::string, model_offer>> shown;  ///< by digest; at most 512
};

/// A probe of a backend of a known kind (not `automatic`). `memory` may be null and must outlive the probe.
std::unique_ptr<probe> make_probe(backend_kind kind, probe_memory* memory);
/// Recognises an unknown endpoint in the order of backends.md F.6, then continues as that kind's probe.
std::unique_ptr<probe> make_recognition(probe_memory* memory);

/// Ports on loopback where local backends are looked for, and what usually lives there (backends.md E, F.6).
struct well_known_port { std::uint16_t port; std::string_view usual; };
const std::vector<well_known_port>& well_known_ports();
/// The ports of a Cognis host and the role of the slot on each (backends.md E); labels only, probes decide.
const std::vector<well_known_port>& cognis_slot_ports();

}  // namespace edgemesh::dialects
