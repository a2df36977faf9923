// A hybrid logical clock (Kulkarni et al. 2014): stamps that order what is causally ordered and stay near wall time. 48 bits of Unix
// milliseconds, 16 bits of counter. The wall clock is passed in; a stamp too far ahead of it is not merged, so that one wrong clock
// does not win every later comparison. Pure; one owner.
#pragma once
#include <algorithm>
#include <compare>
#include <cstdint>

namespace edgemesh::replication {

struct hybrid_time {
  std::uint64_t packed = 0;

  static constexpr std::int64_t ms_max = (std::int64_t{1} << 48) - 1;  ///< the year 10889
  static constexpr hybrid_time at(std::int64_t wall_ms, std::uint16_t counter = 0) noexcept {
    return {static_cast<std::uint64_t>(std::clamp<std::int64_t>(wall_ms, 0, ms_max)) << 16 | counter};
  }
  constexpr std::int64_t ms() const noexcept { return static_cast<std::int64_t>(packed >> 16); }
  constexpr std::uint16_t counter() const noexcept { return static_cast<std::uint16_t>(packed & 0xffff); }
  friend auto operator<=>(const hybrid_time&, const hybrid_time&) = default;
};

class hybrid_clock {
 public:
  static constexpr std::int64_t ahead_max_ms = 500;

  /// `last`: the latest stamp that this node is known to have given or merged.
  explicit hybrid_clock(hybrid_time last = {}) noexcept : last_(last) {}

  /// The stamp of an event here: above every one given or merged before, whatever the wall clock does.
  hybrid_time stamp(std::int64_t wall_ms) noexcept {
    last_ = std::max(hybrid_time::at(wall_ms), next());
    return last_;
  }
  /// A stamp from elsewhere. False: more than ahead_max_ms ahead of the wall clock; it is not merged, and what carries it is to be set aside.
  [[nodiscard]] bool merge(hybrid_time remote, std::int64_t wall_ms) noexcept {
    if (remote.ms() > wall_ms + ahead_max_ms) return false;
    last_ = std::max(last_, remote);
    return true;
  }
  hybrid_time last() const noexcept { return last_; }
  /// How far the stamps run ahead of the wall clock, ms; above ahead_max_ms others set them aside (the wall clock was put back).
  std::int64_t lead_ms(std::int64_t wall_ms) const noexcept { return std::max<std::int64_t>(0, last_.ms() - wall_ms); }

 private:
  /// More than 65,535 events in a millisecond borrow from the next one.
  hybrid_time next() const noexcept { return {last_.packed == ~std::uint64_t{0} ? last_.packed : last_.packed + 1}; }
  hybrid_time last_;
};

}  // namespace edgemesh::replication
