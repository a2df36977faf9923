// Where an answer goes: a copyable handle to a function that is called exactly once, with the answer, or with nothing when
// the last copy is dropped unanswered (the actor ended, the message was never handled). It runs on the thread of whoever
// completes or drops it: a maker that lives elsewhere posts inside. Copies may be handed to any thread.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace edgemesh::actors {

template <class T>
class reply_slot {
 public:
  using function = std::function<void(std::optional<T>)>;
  reply_slot() = default;
  explicit reply_slot(function f) : state_(std::make_shared<state>(std::move(f))) {}

  /// The first call counts.
  void complete(T value) const {
    if (state_) state_->finish(std::move(value));
  }
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  struct state {
    explicit state(function fn) : f(std::move(fn)) {}
    ~state() { finish(std::nullopt); }
    void finish(std::optional<T> value) {
      if (is_done.exchange(true)) return;
      auto call = std::move(f);
      if (call) call(std::move(value));
    }
    function f;
    std::atomic<bool> is_done{false};
  };
  std::shared_ptr<state> state_;
};

/// Calls a function when its last copy is gone: the end of a fan-out whose parts answer, fail or vanish.
using last_one_out = std::shared_ptr<void>;
inline last_one_out when_all_gone(std::function<void()> f) {
  struct guard {
    explicit guard(std::function<void()> fn) : f(std::move(fn)) {}
    ~guard() { f(); }
    std::function<void()> f;
  };
  return std::make_shared<guard>(std::move(f));
}

}  // namespace edgemesh::actors
