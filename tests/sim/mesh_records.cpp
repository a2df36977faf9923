#include "tests/sim/mesh_records.hpp"

#include "tests/sim/world.hpp"

namespace edgemesh::sim {
namespace {

using testing::fake_signing;

constexpr std::int64_t written_ms = 1'799'999'000'000, ends_s = 1'900'000'000;

proto::sealed_record member_record(std::size_t i, std::size_t sites) {
  const auto founder = fake_signing::of(0);
  const proto::member_body body{fake_signing::key(i), "node-" + std::to_string(i), "site-" + std::to_string(i % sites), node_role::full, "internal", ends_s};
  return proto::seal({founder, world::mesh(), {1, i + 1}, written_ms + static_cast<std::int64_t>(i)}, body);
}

std::string twenty_models() {
  proto::backend_content content;
  for (int m = 0; m < 20; ++m) {
    model_offer offer;
    offer.name = "a-model-with-a-name-" + std::to_string(m);
    content.models.push_back(std::move(offer));
  }
  return proto::write_content(content);
}

}  // namespace

mesh_records::mesh_records(std::size_t nodes, std::size_t sites) : content(twenty_models()) {
  for (std::size_t i = 0; i < nodes; ++i) members.push_back(member_record(i, sites));
  const auto founder = fake_signing::of(0);
  root = {world::mesh(), founder.hash(members.front().raw)};
  content_name = founder.hash(content);
}

proto::node_body mesh_records::node_body(std::size_t i) {
  proto::node_body body;
  body.mesh_address = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) + ":8791";
  body.peer_address = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) + ":8790";
  body.build = "0.3.0";
  body.version_min = body.version_max = 1;
  return body;
}

proto::backend_body mesh_records::backend_body(std::size_t i) {
  proto::backend_body body;
  body.name = "llama-" + std::to_string(8000 + i);
  body.data_class = "internal";
  body.health = backend_health::ready;
  body.load.slots = 8;
  return body;
}

record_machine::record_machine(const mesh_records& mesh, std::uint32_t number, const sim_node& self, std::size_t knows)
    : mesh_(mesh), number_(number), gossip_({self.keys, mesh.root, {}, number * 77 + self.lives}),
      own_(self.keys, world::mesh(), self.first_incarnation), backend_(mesh_records::backend_body(number)) {
  gossip_.restore(std::span(mesh.members).first(std::max<std::size_t>(1, knows)), instant{});
  backend_.content = mesh.content_name;
  backend_.content_size = static_cast<std::uint32_t>(mesh.content.size());
  gossip_.keep_content(mesh.content);
}

void record_machine::on_message(const node_key& from, const proto::message& m, instant now, std::int64_t wall_ms) {
  now_ = now, wall_ms_ = wall_ms;
  gossip_.on_message(from, m, now, wall_ms);
}

void record_machine::tick(instant now, std::int64_t wall_ms) {
  now_ = now, wall_ms_ = wall_ms;
  gossip_.tick(now, wall_ms);
  for (const auto& r : own_.take_due(now, wall_ms)) publish(r);
}

void record_machine::drain(const send_function& send) {
  for (auto actions = gossip_.take_actions(); !actions.empty(); actions = gossip_.take_actions())
    for (auto& a : actions) {
      if (auto* m = std::get_if<replication::send_message>(&a)) send(m->to, std::move(m->what));
      else if (const auto* o = std::get_if<replication::own_record_seen>(&a)) publish(own_.outrank(o->kind, o->subject, o->seen, wall_ms_));
    }
}

void record_machine::publish(const std::optional<proto::sealed_record>& r) {
  if (r) (void)gossip_.publish(*r, now_, wall_ms_);
}

void record_machine::describe(instant now, std::int64_t wall_ms) {
  now_ = now, wall_ms_ = wall_ms;
  if (!gossip_.members().is_admitted(fake_signing::key(number_))) publish(mesh_.members[number_]);  // from the answer to its join
  own_.set_mesh_size(mesh_.members.size());
  publish(own_.describe(mesh_records::node_body(number_), wall_ms));
  publish(own_.describe(backend_, now, wall_ms));
}

void record_machine::admit(std::size_t whom, instant now, std::int64_t wall_ms) {
  now_ = now, wall_ms_ = wall_ms;
  publish(mesh_.members[whom]);
}

void record_machine::load_is(int in_flight, instant now, std::int64_t wall_ms) {
  now_ = now, wall_ms_ = wall_ms;
  backend_.load.in_flight = in_flight;
  publish(own_.describe(backend_, now, wall_ms));
}

proto::sealed_record record_machine::change(instant now, std::int64_t wall_ms) {
  now_ = now, wall_ms_ = wall_ms;
  backend_.priority = (backend_.priority + 1) % 100;
  auto record = own_.describe(backend_, now, wall_ms);
  publish(record);
  return *record;
}

}  // namespace edgemesh::sim
