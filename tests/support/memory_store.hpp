// A store in memory that can fail, and lose what was not synced: for tests of what is built on one. Locked: the test looks while an actor writes.
#pragma once
#include <map>
#include <mutex>
#include <utility>

#include "store/store.hpp"

namespace edgemesh::testing {

class memory_store final : public store::store {
 public:
  using family = edgemesh::store::family;
  using durability = edgemesh::store::durability;
  using change = edgemesh::store::change;

  /// Writes and syncs fail while this is set.
  void fail(bool does) {
    const std::lock_guard guard(mutex_);
    fails_ = does;
  }
  /// Only what has to be synced fails while this is set.
  void fail_syncs(bool does) {
    const std::lock_guard guard(mutex_);
    fails_syncs_ = does;
    failed_syncs_ = 0;
  }
  int failed_syncs() const {
    const std::lock_guard guard(mutex_);
    return failed_syncs_;
  }
  /// Back to what had been synced.
  void lose_power() {
    const std::lock_guard guard(mutex_);
    now_ = synced_;
  }
  std::size_t count(family where) const {
    const std::lock_guard guard(mutex_);
    std::size_t n = 0;
    for (const auto& [key, _] : now_) n += key.first == where;
    return n;
  }
  int writes() const {
    const std::lock_guard guard(mutex_);
    return writes_;
  }

  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    const std::lock_guard guard(mutex_);
    const auto at = now_.find({where, std::string(key)});
    return at == now_.end() ? std::optional<std::string>() : std::optional(at->second);
  }
  result<void> write(const std::vector<change>& batch, durability how) override {
    const std::lock_guard guard(mutex_);
    if (fails_ || (how == durability::synced && fails_syncs_ && ++failed_syncs_)) return error{"the disk fails"};
    ++writes_;
    for (const auto& c : batch) {
      if (c.value) now_[{c.where, c.key}] = *c.value;
      else now_.erase({c.where, c.key});
    }
    if (how == durability::synced) synced_ = now_;
    return {};
  }
  result<void> scan(family where, std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    return scan_range(where, prefix, {}, [&](std::string_view key, std::string_view value) { return key.starts_with(prefix) && visit(key, value); });
  }
  result<void> scan_range(family where, std::string_view first, std::string_view end,
                          const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    std::map<std::pair<family, std::string>, std::string> copy;
    {
      const std::lock_guard guard(mutex_);
      copy = now_;
    }
    for (auto at = copy.lower_bound({where, std::string(first)}); at != copy.end() && at->first.first == where; ++at) {
      if (!end.empty() && at->first.second >= end) break;
      if (!visit(at->first.second, at->second)) break;
    }
    return {};
  }
  result<void> sync() override {
    const std::lock_guard guard(mutex_);
    if (fails_ || (fails_syncs_ && ++failed_syncs_)) return error{"the disk fails"};
    synced_ = now_;
    return {};
  }
  result<void> copy_to(const std::filesystem::path&) override { return error{"a store in memory has no folder"}; }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<family, std::string>, std::string> now_, synced_;
  bool fails_ = false, fails_syncs_ = false;
  int failed_syncs_ = 0;
  int writes_ = 0;
};

}  // namespace edgemesh::testing
