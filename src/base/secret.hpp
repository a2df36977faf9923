// A string that cannot be printed by accident: no operator<<, no conversion, no formatter.
#pragma once
#include <string>
#include <string_view>

namespace edgemesh {

class secret {
 public:
  secret() = default;
  explicit secret(std::string value) : value_(std::move(value)) {}
  bool empty() const noexcept { return value_.empty(); }
  /// The only way out; a reader greps for it.
  std::string_view reveal() const noexcept { return value_; }
  friend bool operator==(const secret&, const secret&) = default;

 private:
  std::string value_;
};

}  // namespace edgemesh
