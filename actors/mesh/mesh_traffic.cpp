#include "actors/mesh/mesh_traffic.hpp"

#include <algorithm>
#include <iterator>

#include "http/metrics_text.hpp"
#include "proto/frame.hpp"

namespace edgemesh::actors {

namespace {

using proto::frame_fault;
using proto::message_kind;

constexpr auto relaxed = std::memory_order_relaxed;

struct named_kind {
  message_kind kind;
  std::string_view name;
};
constexpr named_kind known[] = {
    {message_kind::hello, "hello"},     {message_kind::ping, "ping"},           {message_kind::ack, "ack"},
    {message_kind::nack, "nack"},       {message_kind::ping_request, "ping_request"}, {message_kind::rumours, "rumours"},
    {message_kind::records, "records"}, {message_kind::digest, "digest"},       {message_kind::bucket_keys, "bucket_keys"},
    {message_kind::want, "want"},       {message_kind::fetch, "fetch"},         {message_kind::chunk, "chunk"},
    {message_kind::beat, "beat"},       {message_kind::beat_back, "beat_back"}};
static_assert(std::size(known) + 1 == mesh_traffic::kinds);
static_assert(static_cast<std::size_t>(frame_fault::bad_checksum) + 1 == mesh_traffic::faults);

std::string_view name_at(std::size_t i) noexcept { return i < std::size(known) ? known[i].name : "other"; }

constexpr std::size_t kind_offset = 5;  // proto/README.md 1

std::string labels(std::string_view direction, std::string_view kind) {
  std::string out;
  http::append_label(out, "direction", direction);
  http::append_label(out, "kind", kind);
  return out;
}

}  // namespace

void mesh_traffic::count(by_kind& in, std::string_view frame) noexcept {
  const auto kind = frame.size() > kind_offset ? static_cast<message_kind>(frame[kind_offset]) : message_kind{};
  const auto* at = std::find_if(std::begin(known), std::end(known), [&](const named_kind& k) { return k.kind == kind; });
  auto& c = in[static_cast<std::size_t>(at - std::begin(known))];
  c.frames.fetch_add(1, relaxed);
  c.bytes.fetch_add(frame.size(), relaxed);
}

void mesh_traffic::sent(std::string_view frame) noexcept { count(out_, frame); }

void mesh_traffic::arrived(std::string_view frame) noexcept {
  const auto opened = proto::open_frame(frame, mesh_);
  if (opened) count(in_, frame);
  else dropped_[static_cast<std::size_t>(opened.error())].fetch_add(1, relaxed);
}

void mesh_traffic::append_to(std::string& out) const {
  for (const auto& [name, help, value] : {std::tuple("edgemesh_mesh_link_bytes_total", "Bytes of frames on links by kind of message.", &counts::bytes),
                                          std::tuple("edgemesh_mesh_link_frames_total", "Frames on links by kind of message.", &counts::frames)}) {
    http::append_family(out, name, "counter", help);
    for (const auto& [direction, table] : {std::pair("in", &in_), std::pair("out", &out_)})
      for (std::size_t i = 0; i < kinds; ++i)
        if (const auto v = ((*table)[i].*value).load(relaxed)) http::append_sample(out, name, labels(direction, name_at(i)), v);
  }
  http::append_family(out, "edgemesh_mesh_frames_dropped_total", "counter", "Frames of other nodes that were not even decoded, by why.");
  for (std::size_t i = 0; i < faults; ++i) {
    std::string reason;
    http::append_label(reason, "reason", name_of(static_cast<frame_fault>(i)));
    http::append_sample(out, "edgemesh_mesh_frames_dropped_total", reason, dropped_[i].load(relaxed));
  }
}

}  // namespace edgemesh::actors
