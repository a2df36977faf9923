#include "actors/mesh/basp_link.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <set>

#include "actors/mesh/own_middleman.hpp"
#include "actors/runtime/house_rules.hpp"
#include "proto/limits.hpp"

namespace edgemesh::actors {

namespace {

// CAF hands the actor that is published here to whoever opens the connection. One number serves all links: it is looked up in the
// message that publishes. Nothing is ever unpublished, since CAF would look for a listener then.
constexpr std::uint16_t port = 1;

using frame_taker = caf::typed_actor<caf::reacts_to<frame_atom, std::string>>;  // what is known of the actor at the other end

caf::actor basp_of(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

}  // namespace

link_actor::behavior_type link(link_actor::stateful_pointer<link_state> self, link_deps deps) {
  adopt_house_rules(self);
  self->set_down_handler([self](caf::down_msg&) { self->state.end("the connection is lost"); });
  self->set_exit_handler([self](caf::exit_msg&) { self->state.end("ended by this node"); });
  self->state.start(std::move(deps));
  return {
      [self](frame_atom, const std::string& bytes) { self->state.on_frame(bytes); },
      [self](const send_frame& m) { self->state.on_send(m); },
      [self](opening_due) { self->state.on_opening_due(); },
      [self](const close_link& m) { self->state.on_close(m); },
  };
}

link_actor spawn_link(actor_home home, link_deps deps) {
  return spawn_on<link_actor, link_state>(home, link, std::move(deps));
}

void link_state::start(link_deps deps) {
  deps_ = std::move(deps);
  self_->delayed_send(self_, deps_.opening_max, opening_due{});
  if (deps_.is_dialled) connect();
  else publish();
}

void link_state::publish() {
  auto& system = self_->home_system();
  caf::anon_send(basp_of(system), caf::publish_atom_v, system.middleman().backend().new_scribe(deps_.descriptor), port,
                 caf::actor_cast<caf::strong_actor_ptr>(self_), std::set<std::string>{});
}

void link_state::connect() {
  auto& system = self_->home_system();
  auto scribe = system.middleman().backend().new_scribe(deps_.descriptor);
  self_->request(basp_of(system), deps_.opening_max, caf::connect_atom_v, std::move(scribe), port)
      .then(
          [this](const caf::node_id&, caf::strong_actor_ptr& remote, const std::set<std::string>&) {
            if (!is_from_peer(remote)) return end("the node at the other end calls itself another one");
            met(std::move(remote));
          },
          [this](caf::error&) { end("the connection was lost while it was opened"); });
}

bool link_state::is_from_peer(const caf::strong_actor_ptr& sender) {
  return sender && (belongs_to(sender->node(), deps_.peer) ||
                    std::ranges::any_of(deps_.peer_before, [&](const node_key& k) { return belongs_to(sender->node(), k); }));
}

void link_state::met(caf::strong_actor_ptr remote) {
  remote_ = std::move(remote);
  self_->monitor(remote_);
  on_send({deps_.ports.opened()});
}

void link_state::on_frame(const std::string& bytes) {
  if (has_ended_) return;
  const auto& sender = self_->current_sender();
  if (!remote_ && !deps_.is_dialled && is_from_peer(sender)) met(sender);
  if (!remote_ || sender != remote_) return end("a frame came from somewhere else");
  if (bytes.size() > proto::frame_max) return end("a frame is too long");
  auto next = deps_.ports.arrived(bytes);
  if (!next.answer.empty()) on_send({std::move(next.answer)});
  if (!next.refusal.empty()) end(std::move(next.refusal));
}

void link_state::on_send(const send_frame& m) {
  if (!remote_ || has_ended_) return;
  if (deps_.ports.sent) deps_.ports.sent(m.bytes);
  self_->send(caf::actor_cast<frame_taker>(remote_), frame_atom::value, m.bytes);
}

void link_state::on_opening_due() {
  if (!remote_) end("the link did not open in time");
}

void link_state::end(std::string why) {
  if (std::exchange(has_ended_, true)) return;
  deps_.ports.ended(std::move(why));
  self_->quit();
}

}  // namespace edgemesh::actors
