// Bytes on their way out, and since when the oldest of them waits. One thread; bounded by whoever appends.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace edgemesh::net {

class waiting_bytes {
 public:
  /// What comes within this time counts as come together: it bounds the marks.
  static constexpr milliseconds grain{100};

  void append(std::string_view bytes, instant now) {
    if (bytes.empty()) return;
    if (marks_.empty() || now - marks_.back().since > grain) marks_.push_back({0, now});
    appended_ += bytes.size();
    marks_.back().end = appended_;
    text_.append(bytes);
  }
  void consume(std::size_t count) {
    from_ += count;
    gone_ += count;
    while (!marks_.empty() && marks_.front().end <= gone_) marks_.pop_front();
    if (from_ == text_.size()) {
      text_ = std::string();  // an idle link holds no buffer
      from_ = 0;
    } else if (from_ > text_.size() / 2) {
      text_.erase(0, from_);
      from_ = 0;
    }
  }
  std::string_view view() const noexcept { return std::string_view(text_).substr(from_); }
  std::size_t size() const noexcept { return text_.size() - from_; }
  bool empty() const noexcept { return size() == 0; }
  /// Of the oldest byte; instant::max() when there is none.
  instant since() const noexcept { return marks_.empty() ? instant::max() : marks_.front().since; }

 private:
  struct mark {
    std::uint64_t end;  // counted from the first byte ever
    instant since;
  };
  std::string text_;
  std::size_t from_ = 0;
  std::uint64_t appended_ = 0, gone_ = 0;
  std::deque<mark> marks_;
};

}  // namespace edgemesh::net
