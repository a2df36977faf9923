// The last finished requests in memory: found by id, listed newest first. A ring that reuses its places; one owner, one
// thread. Finding one looks at each: an operator asks once in a while, an index would be paid by every request. About 1 KB
// per request at most as records are bounded (id 128 bytes, three attempts).
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "domain/request_record.hpp"

namespace edgemesh::http {

class finished_requests {
 public:
  explicit finished_requests(std::size_t capacity = 10000) noexcept : capacity_(capacity) {}
  finished_requests(const finished_requests&) = delete;
  finished_requests& operator=(const finished_requests&) = delete;

  /// Drops the oldest one when full. Of two with the same id (clients may choose it) the later one is found.
  void insert(request_record record);
  /// Null when it is not (or no longer) here. Valid until the next insert.
  const request_record* find(std::string_view id) const noexcept;
  /// At most `count`, newest first. Valid until the next insert.
  std::vector<const request_record*> newest(std::size_t count) const;
  std::size_t size() const noexcept { return ring_.size(); }

 private:
  std::size_t capacity_;
  std::size_t next_ = 0;  // the place that is written next; the oldest one when full
  std::vector<request_record> ring_;
};

}  // namespace edgemesh::http
