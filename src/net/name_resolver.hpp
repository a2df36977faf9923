// Turns host names into addresses without ever blocking a loop: getaddrinfo on short-lived threads, at most one per owner
// and `threads_max` in all, so that a name server that hangs stalls nobody but the names that wait for it.
// Lives on one loop (the control loop); a thread that outlives its deadline, or the resolver, touches neither.
#pragma once
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/network_address.hpp"

namespace edgemesh::net {

struct name_resolver_options {
  milliseconds deadline{5000};  ///< an answer that comes later is dropped; its thread still counts until it ends
  int threads_max = 32;         ///< lookups at once, those that hang included
};

class name_resolver {
 public:
  using answer = result<std::vector<ip_address>>;
  using lookup = std::function<answer(const std::string& host)>;

  /// `look_up` blocks and runs on a thread of its own; the default asks the system.
  explicit name_resolver(boost::asio::io_context& io, name_resolver_options options = {}, lookup look_up = ask_system);
  ~name_resolver();
  name_resolver(const name_resolver&) = delete;
  name_resolver& operator=(const name_resolver&) = delete;

  /// `done` is called once, on the loop, never inside this call (not at all when the resolver is destroyed first). While an
  /// older lookup of the same owner still runs the answer is an error. Literals are answered without a thread.
  void resolve(const std::string& owner, const std::string& host, std::function<void(answer)> done);

  /// getaddrinfo for TCP: all addresses in the system's order, without repeats.
  static answer ask_system(const std::string& host);

 private:
  struct running;
  void refuse(std::string message, std::function<void(answer)> done);
  void forget_finished();

  boost::asio::io_context& io_;
  name_resolver_options options_;
  lookup look_up_;
  std::map<std::string, std::shared_ptr<running>> by_owner_;  // at most threads_max
};

}  // namespace edgemesh::net
