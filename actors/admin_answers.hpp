// Answers the questions of the admin pages: asks actors and shards, waits at most `patience` (for a reload `reload_patience`), and writes the page. On the
// control loop; lives as long as that.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/accounts/accounts_host.hpp"
#include "actors/accounts/admin_gate.hpp"
#include "actors/across_nodes.hpp"
#include "actors/interfaces.hpp"
#include "actors/listener_certificates.hpp"
#include "actors/mesh/mesh_admin.hpp"
#include "actors/node_shared.hpp"
#include "actors/reloader.hpp"
#include "actors/shard_set.hpp"
#include "base/random_source.hpp"
#include "http/ports.hpp"

namespace edgemesh::actors {

struct listen_addresses {
  std::string api, admin, metrics;  ///< as bound; metrics is "" when off
};

struct admin_deps {
  boost::asio::io_context& io;
  shard_set& shards;
  node_shared& shared;
  reloader& settings;
  std::uint64_t seed = 1;
};

class admin_answers final : public http::admin_ports {
 public:
  explicit admin_answers(admin_deps deps) : deps_(std::move(deps)), rng_(deps_.seed) {}
  void attach(directory_actor directory, keeper_actor keeper);
  void listens_on(listen_addresses at) { listening_ = std::move(at); }
  /// Before the first question, in a mesh. Lives longer than this.
  using way_to_node = std::function<node_question(const replication::remote_node&)>;
  void use_mesh(mesh_admin& mesh, way_to_node way);
  /// Before the first question: who may ask, and with auth.mode keys who answers about keys and usage. Both live longer than this.
  void use_gate(admin_gate& gate) noexcept { gate_ = &gate; }
  void use_accounts(accounts_host& accounts) noexcept { accounts_ = &accounts; }
  /// Whose ends the metrics tell; lives longer than this.
  void use_certificates(const listener_certificates& certificates) noexcept { certificates_ = &certificates; }
  void use_routes(std::shared_ptr<const routing::route_table> table) { table_ = std::move(table); }
  void use_options(std::shared_ptr<const http::gateway_options> options) { options_ = std::move(options); }

  void ask(http::admin_question question, std::function<void(http::admin_answer)> reply) override;
  /// The same for this node alone, as another node may ask it: nobody is asked on.
  void answer_here(http::admin_question question, std::function<void(http::admin_answer)> reply);
  std::shared_ptr<const http::gateway_options> options() const noexcept override { return options_; }
  openai::api_result<http::admin_actor> authorize(std::string_view token, std::optional<std::int64_t> user, key_role needed) override;

 private:
  using reply_function = std::function<void(http::admin_answer)>;
  void dispatch(http::admin_question q, reply_function reply);
  void with_backends(std::function<void(std::vector<backend_view_ptr>)> f);
  void about_mesh(http::admin_question q, reply_function reply);
  bool is_in_mesh() const noexcept { return mesh_ != nullptr && !mesh_->has_left(); }
  void status(reply_function reply);
  void metrics(reply_function reply);
  void one_backend(ask_backend::what what, const std::string& backend, reply_function reply);
  void sessions(reply_function reply);
  void cancel_session_of(const std::string& id, reply_function reply);
  void requests(const std::string& query, reply_function reply);
  void request(const std::string& id, reply_function reply);
  http::admin_answer explain(http::admin_question q);
  void reload(reply_function reply);

  static constexpr milliseconds patience{2800};
  static constexpr milliseconds reload_patience{25'000};   ///< programs that print keys have their time
  static constexpr milliseconds rotation_patience{8'000};  ///< news spreads, and the disk may be busy
  static milliseconds patience_for(http::admin_question::kind what) noexcept;
  static constexpr std::size_t requests_max = 1000;
  admin_deps deps_;
  random_source rng_;
  listen_addresses listening_;
  directory_actor directory_;
  keeper_actor keeper_;
  admin_gate* gate_ = nullptr;
  const listener_certificates* certificates_ = nullptr;
  accounts_host* accounts_ = nullptr;    // null with auth.mode none
  mesh_admin* mesh_ = nullptr;           // null outside a mesh
  std::optional<across_nodes> across_;   // with mesh_
  std::shared_ptr<const routing::route_table> table_ = std::make_shared<const routing::route_table>();
  std::shared_ptr<const http::gateway_options> options_ = std::make_shared<const http::gateway_options>();
};

}  // namespace edgemesh::actors
