// The parameters of failure detection, in two profiles: lan() between nodes of one site, wan() between nodes of different sites. Which
// one counts follows from the sites in the signed member records, so all nodes of a mesh agree without a setting
// (docs/decisions/0018). Of wan() only the times of probes and suspicions are used beside lan(): news has one pace. A value.
#pragma once
#include "base/clock.hpp"

namespace edgemesh::membership {

struct swim_options {
  milliseconds probe_interval{500};      ///< stretched by the local health score + 1
  milliseconds probe_timeout_min{100};   ///< the timeout is max(this, 3 x p99 of the round trips seen)
  int indirect = 3;                      ///< helpers asked when a direct probe has no answer
  int suspicion_mult = 3;                ///< suspicion lasts at least mult x max(1, log10 n) x probe_interval
  int suspicion_max_mult = 6;            ///< and at most this many times that, without confirmations
  int confirmations = 3;                 ///< independent accusers that shorten it to the minimum
  milliseconds gossip_interval{100};     ///< only while there is news
  int gossip_fanout = 3;
  int retransmit_mult = 4;               ///< news is sent mult x ceil(log10(n + 1)) times
  int health_max = 8;                    ///< local health score is 0 .. health_max - 1
  int suspicions_per_interval = 3;       ///< that this node may originate
  milliseconds gossip_to_dead{30000};    ///< a dead node still hears that it is called dead, so that it can refute
  milliseconds loop_lag_max{100};        ///< a tick later than this raises the local health score
  static constexpr swim_options lan() { return {}; }
  static constexpr swim_options wan() {
    swim_options o;
    o.probe_interval = milliseconds{2000};
    o.probe_timeout_min = milliseconds{500};
    o.suspicion_mult = 4;
    return o;
  }
};

}  // namespace edgemesh::membership
