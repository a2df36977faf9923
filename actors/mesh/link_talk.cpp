#include "actors/mesh/link_talk.hpp"

#include <algorithm>

namespace edgemesh::actors {

namespace {

std::string range_text(int min, int max) {
  return min == max ? std::to_string(min) : std::to_string(min) + " to " + std::to_string(max);
}

}  // namespace

std::string link_talk::greeting(std::int64_t wall_ms) const {
  auto hello = ours_;
  hello.wall_ms = wall_ms;
  return proto::seal_frame(ours_.version_min, proto::message_kind::hello, mesh_, proto::encode(hello));
}

link_talk::outcome link_talk::take(std::string_view frame) {
  const auto opened = proto::open_frame(frame, mesh_);
  if (!opened) return fault(opened.error());
  const bool is_hello = opened->kind == proto::message_kind::hello;
  if (version_ == 0 && !is_hello) return refused{"it spoke before its hello"};
  if (is_hello) return version_ == 0 ? greet(opened->payload) : refused{"it said hello twice"};
  return taken{opened->kind, opened->payload};
}

link_talk::outcome link_talk::fault(proto::frame_fault what) {
  if (what == proto::frame_fault::other_mesh) return refused{"it is of another mesh"};
  if (what == proto::frame_fault::bad_version && version_ == 0)
    return refused{"it speaks none of the protocol's versions " + range_text(proto::version_min, proto::version_max) + ": update the older one"};
  if (++faults_ > faults_max) return refused{"too many frames were not sound: " + std::string(name_of(what))};
  return ignored{};
}

link_talk::outcome link_talk::greet(std::string_view payload) {
  auto message = proto::decode(proto::message_kind::hello, payload);
  if (!message) return refused{"its hello cannot be read: " + message.error().message};
  auto& theirs = std::get<proto::hello>(*message);
  const auto lowest = std::max(ours_.version_min, theirs.version_min), highest = std::min(ours_.version_max, theirs.version_max);
  if (highest < lowest)
    return refused{"it speaks protocol " + range_text(theirs.version_min, theirs.version_max) + ", this node " +
                   range_text(ours_.version_min, ours_.version_max) + ": update the older one"};
  version_ = highest;
  return greeted{std::move(theirs), version_};
}

}  // namespace edgemesh::actors
