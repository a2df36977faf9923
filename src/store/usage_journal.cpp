#include "store/usage_journal.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "proto/frame.hpp"

namespace edgemesh::store {

namespace {

constexpr std::size_t head_size = usage_journal::frame_head_size;
constexpr std::uint32_t jump_mark = 0xffffffff;  // in place of a length: the next frame is at the beginning of the ring

/// As they lie in memory: the file is this machine's alone.
struct frame_head { std::uint32_t length = 0, checksum = 0; };
static_assert(sizeof(frame_head) == head_size);

std::uint32_t checksum_of(std::uint64_t name, std::uint64_t position, std::string_view bytes, std::uint32_t length) noexcept {
  struct { std::uint64_t name, position, length; } place{name, position, length};
  std::array<char, sizeof place> text;
  std::memcpy(text.data(), &place, sizeof place);
  return proto::crc32c(bytes, proto::crc32c({text.data(), text.size()}));
}

constexpr std::uint64_t padded(std::uint64_t size) noexcept { return (size + 7) / 8 * 8; }

struct frame {
  std::string_view bytes;
  std::uint64_t next = 0;  ///< position of the one behind it
};

/// The frame at `position`, behind a jump if there is one; none where something else lies there.
std::optional<frame> frame_at(std::span<const char> memory, std::uint64_t name, std::uint64_t position) noexcept {
  for (bool has_jumped = false;; has_jumped = true) {
    const std::size_t at = position % memory.size(), room = memory.size() - at;
    frame_head head;
    std::memcpy(&head, memory.data() + at, head_size);
    const bool is_jump = head.length == jump_mark;
    if (!is_jump && head.length > room - head_size) return std::nullopt;
    const std::string_view bytes(memory.data() + at + head_size, is_jump ? 0 : head.length);
    if (head.checksum != checksum_of(name, position, bytes, head.length) || (is_jump && has_jumped)) return std::nullopt;
    if (!is_jump) return frame{bytes, position + head_size + padded(head.length)};
    position += room;
  }
}

}  // namespace

bool usage_journal::append(std::string_view record) noexcept {
  if (file_.is_broken()) return false;
  const std::uint64_t size = head_size + padded(record.size());
  std::uint64_t position = end_.load(std::memory_order_relaxed);
  const std::size_t at = position % memory_.size(), room = memory_.size() - at;
  const bool jumps = size > room;
  if (held() + size + (jumps ? room : 0) > memory_.size()) return false;
  const auto put = [&](std::size_t to, std::string_view bytes, std::uint32_t length) {
    const frame_head head{length, checksum_of(name_, position, bytes, length)};
    if (!bytes.empty()) std::memcpy(memory_.data() + to + head_size, bytes.data(), bytes.size());
    std::memcpy(memory_.data() + to, &head, head_size);
  };
  if (jumps) {
    put(at, {}, jump_mark);
    position += room;
  }
  put(position % memory_.size(), record, static_cast<std::uint32_t>(record.size()));
  if (file_.is_broken()) return false;  // by these very stores
  appended_.fetch_add(1, std::memory_order_relaxed);
  end_.store(position + size, std::memory_order_release);
  return true;
}

std::uint64_t usage_journal::waiting() const noexcept {
  const auto forgotten = forgotten_.load(std::memory_order_acquire);
  return appended_.load(std::memory_order_acquire) - forgotten;
}

void usage_journal::forget(const read_end& end) noexcept {
  forgotten_.fetch_add(end.records, std::memory_order_release);
  begin_.store(end.position, std::memory_order_release);
}

usage_journal::read_end usage_journal::read(std::size_t records_max, const visitor& visit) const {
  const std::uint64_t until = end();
  read_end at{begin_.load(std::memory_order_relaxed)};
  if (file_.is_broken()) return at;
  while (at.records < records_max && at.position != until) {
    const auto f = frame_at(memory_, name_, at.position);
    if (!f && file_.is_broken()) return at;
    if (!f) {
      const auto here = waiting();
      return {until, here, here - at.records};
    }
    visit(f->bytes);
    ++at.records;
    at.position = f->next;
  }
  return at;
}

void usage_journal::recover(std::span<const char> memory, std::uint64_t name, std::uint64_t position, const visitor& visit) {
  const std::uint64_t turn = position + memory.size();
  while (position % 8 == 0 && position < turn) {
    const auto f = frame_at(memory, name, position);
    if (!f) return;
    visit(f->bytes);
    position = f->next;
  }
}

}  // namespace edgemesh::store
