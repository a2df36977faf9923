// The last requests of a fake backend, newest last. An entry stays alive, and is still written to, while its
// request is answered, also after it fell out of the log. Owned by the fake backend; one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "mock/request_entry.hpp"

namespace edgemesh::mock {

class request_log {
 public:
  static constexpr std::size_t size_max = 1000;
  static constexpr std::size_t body_max = 64u << 10;  ///< bytes kept of a body

  /// Gives the entry its id and keeps it.
  std::shared_ptr<request_entry> add(request_entry entry);
  std::vector<request_entry> list() const;
  void clear() noexcept { entries_.clear(); }

 private:
  std::deque<std::shared_ptr<request_entry>> entries_;
  std::uint64_t last_id_ = 0;
};

}  // namespace edgemesh::mock
