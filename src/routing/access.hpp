// What the asker of a request may use, as routing needs to know it: implemented by whoever knows keys, null where everybody may use everything.
// Called on the hot path: no lock, no wait. Any thread.
#pragma once
#include <string_view>

namespace edgemesh::routing {

class access {
 public:
  virtual ~access() = default;
  /// `node` and `site` are those of the node that holds the connection; both may be empty outside a mesh.
  virtual bool may_use(std::string_view node, std::string_view backend, std::string_view site) const = 0;
  /// Whether it may learn that there is a model of this public name.
  virtual bool may_see(std::string_view model) const = 0;
};

}  // namespace edgemesh::routing
