// Inside a backend's actor: when to probe and to resolve, health, breaker, offers; what of it shards, the directory and
// people see. The decisions are the machines'; this translates their answers into messages. Actor only.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/catalogue.hpp"
#include "actors/guarded_breaker.hpp"
#include "actors/interfaces.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "actors/target_builder.hpp"
#include "base/random_source.hpp"
#include "resilience/health_machine.hpp"

namespace edgemesh::actors {

/// One probe run to be done. `memory` is the backend's own, touched by one run at a time.
struct probe_order {
  std::shared_ptr<const net::upstream_target> target;
  backend_kind kind = backend_kind::automatic;  ///< automatic: find out
  std::shared_ptr<dialects::probe_memory> memory;
};

struct backend_options {
  milliseconds resolve_interval{30000};
  milliseconds resolve_interval_min{2000};  ///< on failures
  milliseconds probe_interval_min{1000};    ///< of probes that requests cause
  milliseconds broken_interval{5000};       ///< between probes while the breaker is not closed
  milliseconds old_credential{5000};        ///< after a change of credentials a refusal may be of the one before
  milliseconds vanish_time{600000};         ///< a discovered backend that is away for this long is forgotten
};

struct backend_deps {
  backend_spec spec;
  std::shared_ptr<const probe_result> first;  ///< what discovery saw, else null
  /// Runs a probe elsewhere; `done` is called once, from any thread.
  std::function<void(probe_order, std::function<void(std::shared_ptr<const probe_result>)> done)> probe;
  /// Looks a name up elsewhere; `done` is called at most once, from any thread.
  std::function<void(const std::string& owner, const std::string& host, std::function<void(result<std::vector<ip_address>>)> done)> resolve;
  directory_actor directory;
  keeper_actor keeper;
  std::uint64_t seed = 1;
  backend_options options;
};

class backend_state {
 public:
  using self_pointer = backend_actor::stateful_pointer<backend_state>;
  static inline const char* name = "backend";
  explicit backend_state(self_pointer self) : self_(self) {}
  ~backend_state();
  backend_state(const backend_state&) = delete;
  backend_state& operator=(const backend_state&) = delete;

  void start(backend_deps deps);
  void on_probe(const probe_ended& m);
  void on_names(const names_resolved& m);
  void on_attempt(const http::attempt_outcome& o);
  void on_wake(const wake_up& m);
  void on_drain(const drain_backend& m);
  void on_probe_asked(const probe_backend& m);
  void on_reconfigure(const reconfigure_backend& m);
  backend_view_ptr view() const;

 private:
  struct appearance {  // what a change of is worth a line in the log
    backend_health health = backend_health::unknown;
    breaker_state breaker = breaker_state::closed;
    friend bool operator==(const appearance&, const appearance&) = default;
  };
  instant now() const;
  void build_target();
  void resolve_names();
  void begin_probe();
  void judge(const probe_result& r);
  void learn(const dialects::probe_report& r);
  void learn_load(const load_report& load);
  void fail_unreachable(std::string detail);
  void probe_soon();
  void schedule_probe();
  void tell();
  void tell_log(const appearance& is);
  void tell_vanished();
  void arm();

  self_pointer self_;
  backend_deps deps_;
  random_source rng_{1};
  std::shared_ptr<backend_cell> cell_ = std::make_shared<backend_cell>();
  std::shared_ptr<dialects::probe_memory> memory_ = std::make_shared<dialects::probe_memory>();
  guarded_breaker breaker_{cell_};
  resilience::health_machine health_;
  catalogue catalogue_;
  std::optional<target_builder> builder_;  // none: the TLS files cannot be used
  backend_kind kind_ = backend_kind::automatic;
  std::string detail_, version_;
  load_report load_;
  bool is_edgemesh_ = false;
  bool asks_usage_ = true;
  bool row_is_stale_ = true;
  appearance seen_;

  std::uint64_t runs_ = 0;          // numbers probes and lookups
  std::uint64_t probe_run_ = 0;     // of the run in progress; 0: none
  std::uint64_t resolve_run_ = 0;
  bool probe_again_ = false;
  std::vector<reply_slot<backend_view_ptr>> probe_waiters_;  // at most waiters_max
  std::uint64_t successes_seen_ = 0;
  std::optional<instant> last_probe_;
  std::optional<milliseconds> latency_;
  std::optional<instant> credential_changed_;
  instant next_probe_{}, next_resolve_ = instant::max(), last_resolve_{};
  std::optional<instant> away_since_;
  std::uint64_t alarm_ = 0;
  instant alarm_at_ = instant::max();
  static constexpr std::size_t waiters_max = 64;
};

backend_actor::behavior_type backend(backend_actor::stateful_pointer<backend_state> self, backend_deps deps);
backend_actor spawn_backend(actor_home home, backend_deps deps);

}  // namespace edgemesh::actors
