#include "openai/line_parser.hpp"

#include "base/release.hpp"

namespace edgemesh::openai {
namespace {

constexpr std::size_t kept_capacity = 16u << 10;  // what a long line left behind is given back

std::string_view without_cr(std::string_view line) noexcept {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool line_parser::take(std::string_view& bytes) {
  if (status_ != status::ok) return false;
  if (done_) {
    if (pending_.capacity() > kept_capacity) release(pending_);
    pending_.clear();
    done_ = false;
  }
  const auto end = bytes.find('\n');
  const std::string_view part = bytes.substr(0, end);
  // One byte more than allowed may still turn out to be the CR of a line end.
  const std::size_t room = line_bytes_max_ + 1 - pending_.size();
  if (part.size() > room) {
    status_ = status::line_too_large;
    release(pending_);
    return false;
  }
  if (end == std::string_view::npos) {
    pending_.append(part);
    return false;
  }
  bytes.remove_prefix(end + 1);
  line_ = part;
  if (!pending_.empty()) {
    line_ = pending_.append(part);
    done_ = true;
  }
  line_ = without_cr(line_);
  if (line_.size() <= line_bytes_max_) return true;
  status_ = status::line_too_large;
  return false;
}

bool line_parser::take_rest() {
  if (status_ != status::ok || done_) return false;
  line_ = without_cr(pending_);
  done_ = true;
  if (line_.size() > line_bytes_max_) status_ = status::line_too_large;
  return status_ == status::ok && !line_.empty();
}

}  // namespace edgemesh::openai
