// Opens the connections that this node lends to others (net/lending.hpp says how many and when), serves on them as on those that
// come in at listen.peer, and hears what becomes of each. Control loop.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/runtime/event_loop.hpp"
#include "http/session_link.hpp"
#include "net/lending.hpp"
#include "net/mesh_dial.hpp"

namespace edgemesh::actors {

struct lender_deps {
  event_loop& control;
  net::name_resolver& resolver;
  std::shared_ptr<const net::mesh_tls> tls;  ///< client, of protocol lend
  /// Gives the connection to a session; the watch may be called on any thread.
  std::function<void(net::mesh_connection, http::lent_watch)> serve;
  std::function<void()> lent_changed;        ///< lent_to() says something else
  std::uint64_t seed = 1;
};

class lender {
 public:
  explicit lender(lender_deps deps, net::lending_options options = {});
  lender(const lender&) = delete;
  lender& operator=(const lender&) = delete;

  /// Borrowers and where they are dialled; from now on to these alone.
  void lend_to(std::map<node_key, std::string> borrowers);
  std::vector<node_key> lent_to() const { return told_; }
  /// Connections from now on are made with this: as many as are lent, before the others give up those of the key before.
  void use(std::shared_ptr<const net::mesh_tls> tls);
  void stop();

 private:
  void work();
  void dial(const net::lending::order& o);
  void done(const net::lending::order& o, result<net::mesh_connection> c);
  void hear(std::uint64_t loan, http::lent_event what);
  void arm();

  lender_deps deps_;
  net::lending plan_;
  std::map<node_key, std::string> borrowers_;
  std::map<std::uint64_t, std::shared_ptr<net::mesh_dial>> dials_;  // by loan
  std::map<node_key, std::string> problems_;                        // as they were logged last
  std::vector<node_key> told_;
  boost::asio::steady_timer due_;
  bool is_over_ = false;
};

}  // namespace edgemesh::actors
