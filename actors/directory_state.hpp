// Inside the directory actor: the rows of all backends and what is configured about models, merged into a route table that
// is published at most once per `publish_interval`. Actor only.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::actors {

struct directory_deps {
  routes_configured configured;
  /// Hands a table to everyone who reads one. Called on the directory's thread, with rising versions.
  std::function<void(std::shared_ptr<const routing::route_table>)> publish;
  milliseconds publish_interval{100};
  std::string own_site;
  /// In a mesh: a backend of this node is as these say, or is gone. On the directory's thread; may be empty.
  std::function<void(const routing::backend_row&, const backend_view&)> own_backend_is;
  std::function<void(const std::string& name)> own_backend_gone;
};

class directory_state {
 public:
  using self_pointer = directory_actor::stateful_pointer<directory_state>;
  static inline const char* name = "directory";
  explicit directory_state(self_pointer self) : self_(self) {}
  directory_state(const directory_state&) = delete;
  directory_state& operator=(const directory_state&) = delete;

  void start(directory_deps deps);
  void on_listed(const backend_listed& m);
  void on_seen(const backend_seen& m);
  void on_unlisted(const backend_unlisted& m);
  void on_configured(const routes_configured& m);
  void on_publish_due();
  void on_flush(const flush_routes& m);
  void on_list(const list_backends& m) const;
  void on_remote(const remote_rows_told& m);

 private:
  struct entry {
    std::shared_ptr<const routing::backend_row> row;
    backend_view_ptr view;
    bool is_untold = false;  // its row stands in no table yet
  };
  void changed();
  void publish();
  void tell_own(entry& e) const;
  std::shared_ptr<const routing::backend_row> named(const std::shared_ptr<const routing::backend_row>& own) const;
  std::vector<std::shared_ptr<const routing::backend_row>> merged() const;

  self_pointer self_;
  directory_deps deps_;
  std::map<std::string, entry> backends_;  // by name; bounded by configuration and discovery
  std::vector<remote_row> remote_;         // bounded by the records of the mesh
  std::string own_name_, own_site_;        // to the mesh; own_name_ "": as configured
  std::vector<flush_routes> waiting_;
  std::uint64_t version_ = 0;
  instant last_publish_{};
  bool is_dirty_ = false;
  bool is_due_ = false;
};

directory_actor::behavior_type directory(directory_actor::stateful_pointer<directory_state> self, directory_deps deps);
directory_actor spawn_directory(actor_home home, directory_deps deps);

}  // namespace edgemesh::actors
