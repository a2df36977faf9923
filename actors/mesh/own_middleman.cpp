#include "actors/mesh/own_middleman.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <random>

#include "actors/runtime/house_config.hpp"
#include "base/check.hpp"

namespace edgemesh::actors {

namespace {

using host_id = caf::node_id::default_data::host_id_type;
constexpr std::size_t key_bytes = 12;  // 96 bits: nobody finds a second key for them

}  // namespace

caf::node_id fresh_node_id(const node_key& self) {
  std::random_device device;
  host_id host{};
  std::copy_n(self.bytes.begin(), key_bytes, host.begin());
  std::generate(host.begin() + key_bytes, host.end(), [&] { return static_cast<std::uint8_t>(device()); });
  return caf::make_node_id(device() | 1, host);
}

bool belongs_to(const caf::node_id& id, const node_key& owner) noexcept {
  if (!id || id->implementation_id() != caf::node_id::default_data::class_id) return false;
  const auto host = static_cast<const caf::node_id::default_data&>(*id).host_id();
  return std::equal(host.begin(), host.begin() + key_bytes, owner.bytes.begin());
}

void own_middleman::init(caf::actor_system_config& config) {
  caf::io::middleman::init(config);
  const auto* house = dynamic_cast<const house_config*>(&config);
  EDGEMESH_CHECK(house != nullptr && house->mesh_key());
  const_cast<caf::node_id&>(system().node()) = fresh_node_id(*house->mesh_key());  // 0.17.6 has no setter
}

void own_middleman::start() {
  caf::io::middleman::start();
  // Any peer could write configuration, find named actors and spawn through these two.
  system().registry().erase(caf::atom("ConfigServ"));
  system().registry().erase(caf::atom("SpawnServ"));
}

}  // namespace edgemesh::actors
