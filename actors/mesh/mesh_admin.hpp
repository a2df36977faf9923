// Answers what operators ask about the mesh, and does what they want done to it. Control loop; lives as long as that.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "actors/mesh/join_service.hpp"
#include "actors/mesh/key_change.hpp"
#include "actors/mesh/mesh_interfaces.hpp"
#include "actors/mesh/mesh_pages.hpp"
#include "actors/mesh/mesh_traffic.hpp"
#include "actors/mesh/news_age.hpp"
#include "http/ports.hpp"
#include "settings/node_settings.hpp"

namespace edgemesh::actors {

struct mesh_admin_deps {
  boost::asio::io_context& io;
  settings::node_settings settings;
  replication::roster::root root;
  node_key self;
  join_service& joining;
  std::shared_ptr<const mesh_traffic> traffic;
  std::function<std::int64_t()> wall_ms;
  std::function<void(std::function<void(bool)> done)> leave;  ///< everything that leaving takes
  std::function<void(key_change::done)> rotate;
  std::function<std::uint64_t(key_standing)> refusals;         ///< at this node's door, since it started
};

class mesh_admin {
 public:
  using reply_function = std::function<void(http::admin_answer)>;
  explicit mesh_admin(mesh_admin_deps deps) : deps_(std::move(deps)) {}
  void attach(replicator_actor replicator, membership_actor membership, links_actor links);
  void listens_at(std::string mesh, std::string peer, settings::advertised told);

  /// What the mesh's actors say now; `f` runs on the control loop.
  void look(std::function<void(std::shared_ptr<const mesh_picture>)> f);
  /// Fed by whoever gets the views.
  news_age& news() noexcept { return news_; }
  /// Prometheus families of all that is known here.
  void append_metrics(std::string& out, const mesh_picture& p) const;
  void peers(reply_function reply);
  void mesh(reply_function reply);
  void invite(const std::string& body, reply_function reply);
  void evict(const std::string& body, reply_function reply);
  void leave(reply_function reply);
  void rotate(reply_function reply);
  void use_key(const node_key& self) { deps_.self = self; }
  /// The node serves on, outside any mesh.
  bool has_left() const noexcept { return has_left_; }

 private:
  http::admin_answer issue(const mesh_picture& p, const std::string& body);

  mesh_admin_deps deps_;
  replicator_actor replicator_;
  membership_actor membership_;
  links_actor links_;
  std::string listen_mesh_, listen_peer_;
  settings::advertised told_;
  news_age news_;
  bool has_left_ = false, is_rotating_ = false;
};

}  // namespace edgemesh::actors
