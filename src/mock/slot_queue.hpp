// The slots of a fake backend: so many answers at once, the rest wait in order, in silence. Owned by the fake
// backend; one thread. As long as there are connections (mock_options::connections_max).
#pragma once
#include <functional>
#include <list>
#include <utility>

namespace edgemesh::mock {

class slot_queue {
 public:
  using ready = std::function<void()>;
  using ticket = std::list<ready>::iterator;

  /// limit 0: no limit.
  explicit slot_queue(int limit) noexcept : limit_(limit) {}

  bool try_take() noexcept {
    if (limit_ > 0 && active_ >= limit_) return false;
    ++active_;
    return true;
  }
  /// `go` is called when a slot has become the caller's, unless it leaves before.
  ticket wait(ready go) { return waiting_.insert(waiting_.end(), std::move(go)); }
  void leave(ticket t) { waiting_.erase(t); }
  /// The slot goes to the first that waits.
  void give_back() {
    if (waiting_.empty()) {
      --active_;
      return;
    }
    const auto go = std::move(waiting_.front());
    waiting_.pop_front();
    go();
  }
  int active() const noexcept { return active_; }
  int waiting() const noexcept { return static_cast<int>(waiting_.size()); }
  int limit() const noexcept { return limit_; }

 private:
  int limit_;
  int active_ = 0;
  std::list<ready> waiting_;
};

}  // namespace edgemesh::mock
