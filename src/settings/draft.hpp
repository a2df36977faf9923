// Settings while they are read: the values together with where they were written, for checks across keys. Lives for one
// load(); one thread.
#pragma once
#include <stop_token>
#include <vector>

#include "settings/config_tree.hpp"
#include "settings/cursor.hpp"
#include "settings/key_command_limits.hpp"
#include "settings/node_settings.hpp"
#include "settings/source.hpp"

namespace edgemesh::settings {

struct draft {
  node_settings settings;
  place api, admin, metrics, mesh, peer, advertise;
  bool has_mesh_listeners = false;  ///< listen.mesh or listen.peer is written
  std::vector<place> backends, key_commands;  ///< parallel to settings.backends; of their entries and of api_key_command
};

/// What every reader needs: where relative paths start, the environment, where faults go.
struct reading {
  const source& from;
  std::filesystem::path folder;  ///< of the configuration file; "" for the working directory
  fault_list& faults;
  std::stop_token stop = {};  ///< ends programs that run
  key_command_limits limits = {};
};

void read_node(const cursor& root, reading& context, draft& out);             // node_reader.cpp
void read_command_line(reading& context, draft& out);                         // command_line_reader.cpp
backend_settings read_backend(const cursor& from, const resilience::timeout_options& timeouts, reading& context);  // backend_reader.cpp
routing::virtual_model read_virtual_model(const cursor& from, const data_classes& classes, reading& context);      // virtual_model_reader.cpp
/// Path of a PEM file that must hold `marker`; its content enters the digest. Nothing written: "".
std::filesystem::path read_pem(const cursor& from, std::string_view marker, reading& context, std::uint64_t& digest);  // pem_reader.cpp
listener_tls read_listener_tls(const cursor& from, reading& context);         // pem_reader.cpp
/// Level of a class name read at `from`; an unknown one is a fault.
std::optional<class_level> read_class(const cursor& from, const data_classes& classes, reading& context);
resilience::timeout_options read_timeouts(const cursor& from, resilience::timeout_options defaults);
/// Fills in the keys of backends whose api_key_command says how, as far as the source wants that.
void read_key_commands(draft& all, reading& context);                         // key_commands.cpp
/// Rules that concern several keys: listeners, duplicates, references between sections.
void check_coherence(const draft& all, reading& context);                     // coherence.cpp

}  // namespace edgemesh::settings
