// Bytes of request bodies and stream buffers of all requests together. Above the limit a new body is refused before it is
// read. Any thread; one atomic, no lock.
#pragma once
#include <atomic>
#include <utility>

#include "base/units.hpp"

namespace edgemesh::admission {

class memory_budget {
 public:
  explicit memory_budget(byte_count limit) noexcept : limit_(limit) {}

  /// A part of the budget, given back on destruction.
  class share {
   public:
    share() = default;
    share(share&& o) noexcept : budget_(std::exchange(o.budget_, nullptr)), bytes_(std::exchange(o.bytes_, 0)) {}
    share& operator=(share&& o) noexcept {
      release();
      budget_ = std::exchange(o.budget_, nullptr);
      bytes_ = std::exchange(o.bytes_, 0);
      return *this;
    }
    ~share() { release(); }
    /// Changes the share's size; false (and unchanged) when the limit forbids growth.
    bool resize(byte_count bytes) noexcept;
    void release() noexcept;
    byte_count bytes() const noexcept { return bytes_; }

   private:
    friend class memory_budget;
    memory_budget* budget_ = nullptr;
    byte_count bytes_ = 0;
  };

  share open() noexcept {
    share s;
    s.budget_ = this;
    return s;
  }
  byte_count used() const noexcept { return used_.load(std::memory_order_relaxed); }
  byte_count limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  void set_limit(byte_count limit) noexcept { limit_.store(limit, std::memory_order_relaxed); }

 private:
  std::atomic<byte_count> used_{0};
  std::atomic<byte_count> limit_;
};

}  // namespace edgemesh::admission
