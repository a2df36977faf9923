// What is said on one link: a hello each way first, then frames of a version that both speak. Sorts what arrives; has no
// I/O. One owner. A side that talks garbage is heard `faults_max` times, then the link ends.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "domain/mesh_ids.hpp"
#include "proto/frame.hpp"
#include "proto/messages.hpp"

namespace edgemesh::actors {

class link_talk {
 public:
  static constexpr int faults_max = 8;

  struct greeted { proto::hello theirs; std::uint8_t version = 0; };
  struct taken { proto::message_kind kind{}; std::string_view payload; };  ///< into the frame; not decoded yet
  struct ignored {};                                                       ///< not sound: counted
  struct refused { std::string why; };                                     ///< the link ends
  using outcome = std::variant<greeted, taken, ignored, refused>;

  /// `ours`: what our hello says, but for the time.
  link_talk(const mesh_id& mesh, proto::hello ours) : mesh_(mesh), ours_(std::move(ours)) {}

  /// Our hello as a frame, of the lowest version that we speak.
  std::string greeting(std::int64_t wall_ms) const;
  outcome take(std::string_view frame);
  /// Of the frames that we send; 0 before the hellos.
  std::uint8_t version() const noexcept { return version_; }

 private:
  outcome fault(proto::frame_fault what);
  outcome greet(std::string_view payload);

  mesh_id mesh_;
  proto::hello ours_;
  std::uint8_t version_ = 0;
  int faults_ = 0;
};

}  // namespace edgemesh::actors
