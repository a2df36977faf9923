// Answers on listen.peer whom this node does not know: members that introduce themselves, and joiners. Of these it checks the
// invitation, dials the address back that the joiner wants to be dialled at, admits it, and
// tells it who is who. Control loop; join() from any thread.
#pragma once
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "actors/mesh/introduction.hpp"
#include "actors/mesh/join_desk.hpp"
#include "actors/mesh/mesh_interfaces.hpp"
#include "actors/runtime/event_loop.hpp"
#include "http/ports.hpp"
#include "net/mesh_dial.hpp"
#include "net/mesh_identity.hpp"
#include "replication/roster.hpp"

namespace edgemesh::actors {

struct join_service_deps {
  event_loop& control;
  net::name_resolver& resolver;
  net::shared_identity identity;
  replication::roster::root root;
  std::function<std::int64_t()> wall_ms;
};

class join_service {
 public:
  static constexpr std::size_t dials_max = 8;  ///< at once

  explicit join_service(join_service_deps deps);
  ~join_service();
  void attach(replicator_actor replicator) { replicator_ = std::move(replicator); }
  void stop();
  join_desk& desk() noexcept { return desk_; }
  /// Invitations that were printed under the old key are void: they name it.
  void use(net::shared_identity identity);

  void join(http::join_question question, std::function<void(http::admin_answer)> reply);

 private:
  using reply_function = std::function<void(http::admin_answer)>;
  void on_question(const http::join_question& q, reply_function reply);
  void on_introduction(const http::join_question& q, reply_function reply);
  void dial_back(join_request r, invitation what, reply_function reply);
  void admit(const join_request& r, const invitation& what, reply_function reply);
  void answer(const join_request& r, std::optional<std::vector<std::string>> records, const reply_function& reply);

  join_service_deps deps_;
  join_desk desk_;
  introduction_limit introductions_;
  std::shared_ptr<const net::mesh_tls> tls_;  // takes any key: the one that is expected is the joiner's
  std::set<std::shared_ptr<net::mesh_dial>> dials_;
  replicator_actor replicator_;
};

}  // namespace edgemesh::actors
