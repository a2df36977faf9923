// Inside the discovery actor: when to look for backends on loopback. One scan at a time; a look that is asked for while one
// runs, or within `look_interval_min` of the last, joins it. Actor only.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "base/random_source.hpp"

namespace edgemesh::actors {

struct discovery_options {
  milliseconds interval{15000};
  double jitter = 0.2;
  milliseconds look_interval_min{2000};  ///< between looks that are asked for
};

struct discovery_deps {
  bool is_on = true;
  std::vector<ip_endpoint> claimed;  ///< where nothing is to be looked for: ourselves
  /// Looks at the well-known ports that are not `claimed`; `done` is called once, from any thread.
  std::function<void(std::vector<ip_endpoint> claimed, std::function<void(std::vector<found_endpoint>)> done)> scan;
  keeper_actor keeper;
  std::uint64_t seed = 1;
  discovery_options options;
};

class discovery_state {
 public:
  using self_pointer = discovery_actor::stateful_pointer<discovery_state>;
  static inline const char* name = "discovery";
  explicit discovery_state(self_pointer self) : self_(self) {}
  discovery_state(const discovery_state&) = delete;
  discovery_state& operator=(const discovery_state&) = delete;

  void start(discovery_deps deps);
  void on_look(const look_now& m);
  void on_due(const look_due& m);
  void on_scan(const scan_ended& m);
  void on_claimed(const endpoints_claimed& m);
  void on_switched(const discovery_switched& m);

 private:
  void scan();
  void schedule();

  self_pointer self_;
  discovery_deps deps_;
  random_source rng_{1};
  std::vector<ip_endpoint> taken_;      // by known backends
  std::vector<last_one_out> holds_;     // of who waits for the running scan
  std::uint64_t runs_ = 0;
  std::uint64_t run_ = 0;               // in progress; 0: none
  std::uint64_t alarm_ = 0;
  instant last_scan_{};
  bool has_scanned_ = false;
  static constexpr std::size_t holds_max = 256;
};

discovery_actor::behavior_type discovery(discovery_actor::stateful_pointer<discovery_state> self, discovery_deps deps);
discovery_actor spawn_discovery(actor_home home, discovery_deps deps);

}  // namespace edgemesh::actors
