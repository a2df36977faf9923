// What happens next: one priority queue ordered by (time, order of arrival), so that a run is a function of its seed. One thread.
#pragma once
#include <cstdint>
#include <vector>

#include "base/clock.hpp"

namespace edgemesh::sim {

enum class event_kind : std::uint8_t { message, timer, resume, start, link_lost, link_up, checkpoint };

struct event {
  std::int64_t at = 0;      ///< nanoseconds of simulated time
  std::uint64_t order = 0;
  std::uint32_t node = 0;   ///< to whom it happens
  std::uint32_t slot = 0;   ///< of the message; the other node of a link that is lost or up
  event_kind kind{};
};

/// A heap with four children per node: half the levels of a binary one, and siblings share a cache line or two.
class event_queue {
 public:
  void push(std::int64_t at, std::uint32_t node, event_kind kind, std::uint32_t slot = 0) {
    std::size_t i = heap_.size();
    heap_.push_back({at, order_++, node, slot, kind});
    const event e = heap_[i];
    while (i > 0) {
      const std::size_t parent = (i - 1) / 4;
      if (!before(e, heap_[parent])) break;
      heap_[i] = heap_[parent];
      i = parent;
    }
    heap_[i] = e;
  }
  event pop() {
    const event top = heap_.front();
    const event last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sink(last);
    return top;
  }
  bool is_empty() const noexcept { return heap_.empty(); }
  std::int64_t next_at() const noexcept { return heap_.front().at; }
  std::size_t size() const noexcept { return heap_.size(); }

 private:
  static bool before(const event& a, const event& b) noexcept { return a.at != b.at ? a.at < b.at : a.order < b.order; }
  void sink(const event& e) {
    std::size_t i = 0;
    for (;;) {
      const std::size_t first = 4 * i + 1;
      if (first >= heap_.size()) break;
      std::size_t least = first;
      for (std::size_t c = first + 1; c < first + 4 && c < heap_.size(); ++c)
        if (before(heap_[c], heap_[least])) least = c;
      if (!before(heap_[least], e)) break;
      heap_[i] = heap_[least];
      i = least;
    }
    heap_[i] = e;
  }
  std::vector<event> heap_;
  std::uint64_t order_ = 0;
};

}  // namespace edgemesh::sim
