// What a backend's actor is made from: its settings and what the node's settings say about it. A value, compared on reload.
#pragma once
#include <optional>
#include <string>

#include "actors/probe_result.hpp"
#include "domain/data_class.hpp"
#include "settings/backend_settings.hpp"

namespace edgemesh::actors {

struct backend_spec {
  settings::backend_settings settings;
  std::string node;                 ///< this node's name
  class_level data_class = 0;       ///< effective, see settings::data_class_of()
  std::string data_class_name;
  bool is_discovered = false;
  friend bool operator==(const backend_spec&, const backend_spec&) = default;
};

}  // namespace edgemesh::actors
