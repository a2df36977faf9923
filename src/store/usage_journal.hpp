// What a shard used, on its way to the ledger: a ring of bytes that outlives the process where its memory is a file's
// (platform/mapped_file.hpp). What append() took is on record: no call, no other thread, no disk has to be waited for, and what the ledger
// had not yet written into the store when the process died is found at the next start. One thread appends, one other reads and forgets.
//
// A frame is its length, its checksum (CRC-32C over the journal's name, the frame's position and its bytes) and its bytes, at a multiple of 8; none is
// split at the end of the ring. Positions only grow, and a journal gets another name at each start: no frame of an earlier turn or an
// earlier life can be taken for one of now.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "platform/mapped_file.hpp"

namespace edgemesh::store {

class usage_journal {
 public:
  using visitor = std::function<void(std::string_view record)>;
  static constexpr std::size_t frame_head_size = 8;

  /// `file`: a multiple of 8 bytes; lives longer. `name` is random.
  usage_journal(platform::mapped_file& file, std::uint64_t name) noexcept : file_(file), memory_(file.bytes()), name_(name) {}

  /// The appending thread. False: there is no room for it now, or the file is broken, and it is not on record.
  bool append(std::string_view record) noexcept;
  /// Any thread: more than three quarters are taken.
  bool is_crowded() const noexcept { return held() > memory_.size() / 4 * 3; }
  /// Any thread: records that are not forgotten.
  std::uint64_t waiting() const noexcept;

  struct read_end {
    std::uint64_t position = 0;  ///< behind the last one
    std::uint64_t records = 0;   ///< before it, the lost ones with them
    std::uint64_t lost = 0;      ///< above zero: somebody else wrote into the memory; what was there is gone, and all of it is passed over
  };
  /// The reading thread: up to `records_max` from the oldest on. Nothing while the file is broken.
  read_end read(std::size_t records_max, const visitor& visit) const;
  /// The reading thread: what lies before that end is in the store.
  void forget(const read_end& end) noexcept;
  std::uint64_t name() const noexcept { return name_; }
  /// Of the next byte that will be written.
  std::uint64_t end() const noexcept { return end_.load(std::memory_order_acquire); }

  /// What a journal of that name left in `memory` from `position` on.
  static void recover(std::span<const char> memory, std::uint64_t name, std::uint64_t position, const visitor& visit);

 private:
  std::uint64_t held() const noexcept {
    const auto begin = begin_.load(std::memory_order_acquire);  // first: it only grows, and never beyond the end
    return end_.load(std::memory_order_acquire) - begin;
  }

  platform::mapped_file& file_;
  std::span<char> memory_;
  std::uint64_t name_;
  std::atomic<std::uint64_t> begin_{0}, forgotten_{0};  // position of what is not forgotten, and records before it
  std::atomic<std::uint64_t> end_{0}, appended_{0};     // of what was appended
};

}  // namespace edgemesh::store
