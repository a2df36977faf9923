// The records that were asked for and have not come: so that several neighbours who announce one record are not all asked for it,
// and another one is asked when the first does not answer. Pure; one owner. Bounded: entries_max keys.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::replication {

enum class asked_for : std::uint8_t {
  news,    ///< somebody announced it
  repair,  ///< a digest showed that it is missing
};

class wanted_records {
 public:
  static constexpr std::size_t entries_max = 65536;
  static constexpr std::size_t others_max = 4;
  struct request { node_key to; std::vector<std::uint64_t> keys; };

  explicit wanted_records(milliseconds patience) : patience_(patience) {}
  /// `holder` has this record, newer than ours. True: ask it now. False: somebody was asked; the holder is remembered.
  bool ask(std::uint64_t key, const node_key& holder, asked_for why, instant now);
  bool is_asked(std::uint64_t key) const { return entries_.contains(key); }
  /// It came. Why it had been asked for, if it had been.
  std::optional<asked_for> arrived(std::uint64_t key);
  /// Whom to ask instead of those that did not answer.
  std::vector<request> take_due(instant now);
  instant next_due() const noexcept;
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct entry {
    node_key asked;
    std::vector<node_key> others;  // have it too; others_max of them
    asked_for why = asked_for::news;
    instant until{};
  };
  milliseconds patience_;
  std::map<std::uint64_t, entry> entries_;  // by record key
  instant sweep_at_ = instant::max();       // no entry's time passes before
};

}  // namespace edgemesh::replication
