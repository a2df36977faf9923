// What passes on this node's links: frames and bytes by kind of message, both ways, and frames that were dropped undecoded, by why. Links
// count on their own threads, anybody reads: relaxed atomics. Bounded: the kinds and faults that there are.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "domain/mesh_ids.hpp"

namespace edgemesh::actors {

class mesh_traffic {
 public:
  static constexpr std::size_t kinds = 15, faults = 6;  ///< of proto/frame.hpp; the last kind is "other"
  explicit mesh_traffic(const mesh_id& mesh) : mesh_(mesh) {}

  void sent(std::string_view frame) noexcept;
  /// Looks whether it is sound, as its reader will.
  void arrived(std::string_view frame) noexcept;
  /// Prometheus families.
  void append_to(std::string& out) const;

 private:
  struct counts { std::atomic<std::uint64_t> frames{0}, bytes{0}; };
  using by_kind = std::array<counts, kinds>;
  static void count(by_kind& in, std::string_view frame) noexcept;

  mesh_id mesh_;
  by_kind in_, out_;
  std::array<std::atomic<std::uint64_t>, faults> dropped_{};
};

}  // namespace edgemesh::actors
