#include "admission/memory_budget.hpp"

namespace edgemesh::admission {

bool memory_budget::share::resize(byte_count bytes) noexcept {
  if (budget_ == nullptr) return bytes == 0;
  if (bytes <= bytes_) {
    budget_->used_.fetch_sub(bytes_ - bytes, std::memory_order_relaxed);
    bytes_ = bytes;
    return true;
  }
  const byte_count more = bytes - bytes_;
  const byte_count limit = budget_->limit();
  byte_count used = budget_->used();
  do {
    if (more > limit || used > limit - more) return false;
  } while (!budget_->used_.compare_exchange_weak(used, used + more, std::memory_order_relaxed));
  bytes_ = bytes;
  return true;
}

void memory_budget::share::release() noexcept {
  if (budget_ != nullptr) budget_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
  budget_ = nullptr;
  bytes_ = 0;
}

}  // namespace edgemesh::admission
