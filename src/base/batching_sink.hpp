// The log's way to standard error. Lines that may wait (one per request) are gathered and written together: a system call
// per line would cost more than all the rest of the line. What may not wait is written at once, in order.
// Any thread (spdlog's base_sink locks). A gathered line waits at most until the next one that comes after `delay_max`,
// until `bytes_max` are gathered, or until the flusher's next turn (one second).
#pragma once
#include <spdlog/sinks/base_sink.h>

#include <cstdio>
#include <mutex>
#include <string>

#include "base/clock.hpp"

namespace edgemesh::log {

class batching_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit batching_sink(std::FILE* out) : out_(out) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    gathered_.append(message.payload.data(), message.payload.size());
    gathered_ += '\n';
    const auto now = steady_clock::now();
    const bool may_wait = message.level == spdlog::level::trace;
    if (may_wait && gathered_.size() < bytes_max && now - written_ < delay_max) return;
    flush_();
    written_ = now;
  }
  void flush_() override {
    if (gathered_.empty()) return;
    std::fwrite(gathered_.data(), 1, gathered_.size(), out_);
    std::fflush(out_);
    gathered_.clear();
  }

 private:
  static constexpr std::size_t bytes_max = 32u << 10;
  static constexpr milliseconds delay_max{50};
  std::FILE* out_;
  std::string gathered_;
  instant written_{};
};

}  // namespace edgemesh::log
