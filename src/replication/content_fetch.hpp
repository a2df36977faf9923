// Fetches content by hash: from the owner when it is a neighbour, else from whoever brought the record, then other neighbours, then the owner
// over a link made for it; chunk by chunk, the next holder when one does not answer in time, says that it has nothing or sends something
// else. Who asks this node for what it is still fetching is remembered and served when it is here, so that content follows
// the news of it hop by hop. Pure; one owner. Bounded: wanted_max hashes, active_max at a time, content_max bytes each.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random_source.hpp"
#include "domain/mesh_ids.hpp"
#include "proto/messages.hpp"
#include "proto/signing.hpp"

namespace edgemesh::replication {

struct fetch_options {
  milliseconds timeout{2000};       ///< for one chunk
  milliseconds pause_first{1000};   ///< after all holders were tried in vain; doubles
  milliseconds pause_max{60000};
  std::size_t active_max = 16;
  std::size_t wanted_max = 4096;
  std::size_t waiters_max = 64;     ///< nodes remembered per hash
};

class content_fetch {
 public:
  struct request { node_key to; proto::fetch what; };
  struct arrival { content_hash hash; std::string bytes; std::vector<node_key> waiters; };

  content_fetch(const proto::signing& keys, fetch_options options) : keys_(keys), options_(options) {}

  /// A record of `owner` that `from` brought refers to it. `size`: as the record tells; 0: it does not.
  void want(const content_hash& hash, std::uint32_t size, const node_key& owner, const node_key& from, instant now);
  void forget(const content_hash& hash);
  /// Somebody asks for what may be on its way here. True: it waits for it.
  bool remember_waiter(const content_hash& hash, const node_key& who);
  /// A chunk came. The whole when it was the last one; what is asked next is told by take_due().
  std::optional<arrival> on_chunk(const node_key& from, const proto::chunk& c, instant now);
  std::vector<request> take_due(instant now, std::span<const node_key> neighbours, random_source& rng);
  instant next_due() const noexcept { return look_at_; }
  std::size_t size() const noexcept { return wanted_.size(); }

 private:
  struct wanted {
    std::uint32_t size = 0;
    node_key owner, from;
    std::vector<node_key> holders;     // to be tried still, next one last
    std::optional<node_key> asked;     // whose chunks these are
    bool is_waiting = false;           // for a chunk of it
    instant due{};                     // when to go on: the end of the wait for an answer, or of a pause
    milliseconds pause{0};
    std::string bytes;                 // so far, from `asked`
    std::uint32_t total = 0;
    std::vector<node_key> waiters;
  };
  std::size_t active() const;
  instant first_due() const;
  void give_up_on_holder(wanted& w, instant now);
  void line_up_holders(wanted& w, std::span<const node_key> neighbours, random_source& rng) const;

  const proto::signing& keys_;
  fetch_options options_;
  std::map<content_hash, wanted> wanted_;
  instant look_at_ = instant::max();   // nothing is due before
};

}  // namespace edgemesh::replication
