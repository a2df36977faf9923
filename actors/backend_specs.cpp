#include "actors/backend_specs.hpp"

namespace edgemesh::actors {

namespace {

backend_spec spec_of(const settings::node_settings& node, settings::backend_settings backend) {
  backend_spec spec;
  spec.node = node.node.name;
  spec.data_class = settings::data_class_of(node, backend);
  spec.data_class_name = node.data_classes.name_of(spec.data_class);
  spec.settings = std::move(backend);
  return spec;
}

}  // namespace

backends_configured backends_of(const settings::node_settings& node) {
  backends_configured out;
  for (const auto& b : node.backends)
    for (auto& slot : settings::slots_of(b)) out.backends.push_back(spec_of(node, std::move(slot)));
  out.is_discovery_on = node.discovery_local;
  settings::backend_settings mould;
  mould.url.authority = {"127.0.0.1", 80};  // a loopback literal: that decides its data class
  mould.timeouts = node.timeouts;
  out.discovered = spec_of(node, std::move(mould));
  out.discovered.is_discovered = true;
  return out;
}

routes_configured routes_of(const settings::node_settings& node) { return {node.data_classes, node.models}; }

}  // namespace edgemesh::actors
