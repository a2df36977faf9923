// The mesh's nodes and backends as rows, kept up to date record by record, so that a change costs what it changes and not the size of
// the mesh. Fed with what gossip learns; asked for a mesh_view when the directory wants one (which copies the rows, not the
// contents). Pure; one owner. Memory: a row per node and backend record of the table, a parsed content per hash in use.
#pragma once
#include <map>
#include <optional>
#include <unordered_map>

#include "replication/mesh_view.hpp"

namespace edgemesh::replication {

class mesh_catalogue {
 public:
  mesh_catalogue(const node_key& self, data_classes classes) : self_(self), classes_(std::move(classes)) {}

  /// This node is known by another key from now on: what that one said of itself is not shown as another node's.
  void use_key(const node_key& self) {
    self_ = self;
    described_.erase(self);
  }
  /// A record that was learned. True when it says something new about another node or its backends.
  bool apply(const proto::sealed_record& record, const content_source& content);
  /// Content came. True when a row waited for it.
  bool content_arrived(const content_hash& hash, const content_source& content);
  /// Members changed, or time passed over the end of one: to be called after roster_changed and now and then.
  void follow(const roster& members, std::int64_t now_s);
  /// By node and name, for this node: what is offered to it.
  mesh_view view() const;

 private:
  struct offered {
    proto::backend_body body;
    std::int64_t stamp_ms = 0;
    std::uint64_t incarnation = 0;
    std::shared_ptr<const proto::backend_content> content;
  };
  struct described_node {
    proto::node_body body;
    std::int64_t stamp_ms = 0;
    std::map<std::string, offered, std::less<>> backends;  // by name
  };
  struct present_node { member who; class_level clearance = 0; };

  std::shared_ptr<const proto::backend_content> parsed(const content_hash& hash, const content_source& content);
  class_level level_of(std::string_view name) const { return classes_.find(name).value_or(classes_.lowest()); }
  remote_backend row_of(const present_node& owner, const offered& o) const;
  bool is_for_us(const member& owner, backend_offer offer) const;

  node_key self_;
  data_classes classes_;
  std::optional<member> own_;
  std::unordered_map<node_key, described_node> described_;  // by signer
  std::map<std::pair<std::string, node_key>, present_node> present_;  // members now, by name, without this node
  std::unordered_map<content_hash, std::weak_ptr<const proto::backend_content>> parsed_;
};

}  // namespace edgemesh::replication
