// proto::transport over the links that there are. Each machine has its own, on its own thread; its actor tells it which links
// come and go. A message for a node without a link waits for one, `wait_max` long and `waiting_max` per node.
#pragma once
#include <caf/typed_actor.hpp>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "actors/mesh/link_interfaces.hpp"
#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"
#include "proto/transport.hpp"

namespace edgemesh::actors {

class link_transport final : public proto::transport {
 public:
  static constexpr milliseconds wait_max{1000};
  static constexpr std::size_t waiting_max = 8;

  struct ports {
    std::function<instant()> now;
    std::function<void(const node_key&)> wanted;  ///< a link to this node would be of use: at most once per `wait_max` and node
  };
  link_transport(const mesh_id& mesh, ports p) : mesh_(mesh), ports_(std::move(p)) {}

  void send(const node_key& to, const proto::message& m) override;
  void on_up(const node_key& peer, link_actor link, std::uint8_t version);
  void on_down(const node_key& peer);
  std::vector<node_key> linked() const;
  std::uint64_t bytes_out() const noexcept { return bytes_out_; }

 private:
  struct line { link_actor link; std::uint8_t version = 0; };
  struct waiting { instant since; proto::message what; };
  struct queue { instant asked; std::deque<waiting> messages; };
  void put(const line& on, const proto::message& m);
  void wait_for_link(const node_key& to, const proto::message& m);

  mesh_id mesh_;
  ports ports_;
  std::map<node_key, line> lines_;
  std::map<node_key, queue> waiting_;  // bounded: nodes of the mesh; stale ones go when anything is added
  std::uint64_t bytes_out_ = 0;
};

}  // namespace edgemesh::actors
