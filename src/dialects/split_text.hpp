// Code points that a backend cut in two at the end of an event: the first part waits, and stands before what the next
// event of the same choice goes on with. One stream, one thread; three bytes for each choice, 128 of them. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgemesh::dialects {

class split_text {
 public:
  /// `event`: JSON but for invalid UTF-8. In its strings an incomplete end is taken out and kept, and continuation bytes
  /// at a beginning get what was kept before them. Other invalid bytes stay.
  std::string joined(std::string_view event);
  /// A sound event: what waits for its choice will not be continued.
  void passed(std::string_view event);
  bool is_waiting() const noexcept { return !stumps_.empty(); }

 private:
  std::string take(std::int64_t choice);
  std::vector<std::pair<std::int64_t, std::string>> stumps_;  // by choice
};

}  // namespace edgemesh::dialects
