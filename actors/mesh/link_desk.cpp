// How one link's frames find their readers: hellos go to the links actor, liveness to membership, records to the replicator.
#include <caf/all.hpp>

#include "actors/mesh/links_state.hpp"

namespace edgemesh::actors {

namespace {

/// On the link's thread.
struct link_desk {
  link_talk talk;
  mesh_id mesh;
  std::uint64_t id;
  node_key peer;
  links_actor owner;
  membership_actor membership;
  std::function<void(frame_arrived)> record_frame, beat_frame;

  heard hear(const std::string& bytes) {
    auto outcome = talk.take(bytes);
    if (auto* r = std::get_if<link_talk::refused>(&outcome)) return {"", std::move(r->why)};
    if (auto* g = std::get_if<link_talk::greeted>(&outcome))
      caf::anon_send(owner, link_greeted{id, std::make_shared<const proto::hello>(std::move(g->theirs)), g->version});
    if (const auto* t = std::get_if<link_talk::taken>(&outcome)) return sort(*t);
    return {};
  }

  heard sort(const link_talk::taken& t) {
    using kind = proto::message_kind;
    switch (t.kind) {
      case kind::ping: case kind::ack: case kind::nack: case kind::ping_request: case kind::rumours:
        caf::anon_send(membership, frame_arrived{peer, t.kind, std::string(t.payload)});
        return {};
      case kind::records: case kind::digest: case kind::bucket_keys: case kind::want: case kind::fetch: case kind::chunk:
        record_frame({peer, t.kind, std::string(t.payload)});
        return {};
      case kind::beat: return {answer_to_beat(t.payload), ""};
      case kind::beat_back: sort_answer(t); return {};
      case kind::hello: break;
    }
    return {};  // of a later version: ignored
  }

  void sort_answer(const link_talk::taken& t) {
    const auto answer = proto::decode(t.kind, t.payload);
    if (!answer) return;
    if (std::get<proto::beat_back>(*answer).sequence == links_state::own_beat) caf::anon_send(owner, link_answered{id});
    else if (beat_frame) beat_frame({peer, t.kind, std::string(t.payload)});
  }

  std::string answer_to_beat(std::string_view payload) const {
    const auto asked = proto::decode(proto::message_kind::beat, payload);
    if (!asked) return {};
    return proto::seal_frame(talk.version(), proto::message_kind::beat_back, mesh,
                             proto::encode(proto::beat_back{std::get<proto::beat>(*asked).sequence}));
  }
};

}  // namespace

link_deps links_state::deps_of(const linked_peer& p, const open_link& l, int descriptor) {
  auto hello = deps_->hello;
  const auto self = caf::actor_cast<links_actor>(self_);
  const auto desk = std::make_shared<link_desk>(
      link_desk{link_talk(deps_->mesh, std::move(hello)), deps_->mesh, l.id, p.node.at.key, self, deps_->membership, deps_->record_frame, deps_->beat_frame});
  link_deps deps;
  deps.peer = p.node.at.key;
  deps.peer_before = p.node.former;
  deps.is_dialled = l.is_dialled;
  deps.descriptor = descriptor;
  deps.ports.opened = [desk, wall = deps_->wall_ms] { return desk->talk.greeting(wall()); };
  deps.ports.arrived = [desk](const std::string& bytes) { return desk->hear(bytes); };
  deps.ports.ended = [self, id = l.id](std::string why) { caf::anon_send(self, link_ended{id, std::move(why)}); };
  return deps;
}

}  // namespace edgemesh::actors
