// Answers admin questions that concern the whole mesh: what the records say of other nodes' backends, and what only those nodes
// themselves know or can do, which they are asked for (mesh/node_questions). An answer that is not whole names who is missing. Control
// loop; lives as long as that.
//
// Names: this node's own backends and sessions go by their short names, others by "node/name". A short name that this node does not have
// means the one backend of another node that has it; several are refused with their full names.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/admin/answers_of_nodes.hpp"
#include "actors/mesh/mesh_admin.hpp"
#include "actors/mesh/node_questions.hpp"
#include "http/ports.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::actors {

class across_nodes {
 public:
  using reply_function = std::function<void(http::admin_answer)>;
  using picture = std::shared_ptr<const mesh_picture>;
  struct ports {
    boost::asio::io_context& io;
    mesh_admin& mesh;
    /// How a node is asked; none: it cannot be reached.
    std::function<node_question(const replication::remote_node&)> way_to_ask;
    std::function<void(http::admin_question, reply_function)> here;  ///< this node's own answer
    std::function<std::shared_ptr<const routing::route_table>()> routes;
    std::function<std::int64_t()> wall_ms;
  };
  explicit across_nodes(ports p) : ports_(std::move(p)) {}

  /// Whether this kind of question concerns more than this node.
  static bool takes(http::admin_question::kind what) noexcept;
  void ask(http::admin_question q, reply_function reply);

 private:
  void backends(reply_function reply);
  void backend(std::string name, reply_function reply);
  void models(reply_function reply);
  void list(http::admin_question q, reply_function reply);
  void request(http::admin_question q, reply_function reply);
  void request_of_others(const picture& p, http::admin_question q, http::admin_answer own, reply_function reply);
  void steer(http::admin_question q, reply_function reply);
  void steer_by_short_name(http::admin_question q, reply_function reply);
  void ask_one(const picture& p, const std::string& node, const http::admin_question& q, reply_function reply);
  std::vector<asked_node> others_in(const mesh_picture& p) const;
  std::optional<asked_node> node_in(const mesh_picture& p, const std::string& name) const;
  asked_node asked(const mesh_picture& p, const replication::member& m) const;

  ports ports_;
};

}  // namespace edgemesh::actors
