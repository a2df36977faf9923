#include "actors/mesh/link_transport.hpp"

#include <caf/all.hpp>

#include "proto/frame.hpp"

namespace edgemesh::actors {

void link_transport::send(const node_key& to, const proto::message& m) {
  if (const auto at = lines_.find(to); at != lines_.end()) put(at->second, m);
  else wait_for_link(to, m);
}

void link_transport::put(const line& on, const proto::message& m) {
  auto frame = proto::seal_frame(on.version, proto::kind_of(m), mesh_, proto::encode(m));
  bytes_out_ += frame.size();
  caf::anon_send(on.link, send_frame{std::move(frame)});
}

void link_transport::wait_for_link(const node_key& to, const proto::message& m) {
  const auto now = ports_.now();
  std::erase_if(waiting_, [&](const auto& w) { return w.second.asked + wait_max < now; });
  const auto [at, is_new] = waiting_.try_emplace(to);
  auto& q = at->second;
  if (is_new) {
    q.asked = now;
    ports_.wanted(to);
  }
  if (q.messages.size() == waiting_max) q.messages.pop_front();
  q.messages.push_back({now, m});
}

void link_transport::on_up(const node_key& peer, link_actor link, std::uint8_t version) {
  const auto& up = lines_[peer] = {std::move(link), version};
  const auto q = waiting_.extract(peer);
  if (q.empty()) return;
  const auto oldest = ports_.now() - wait_max;
  for (const auto& w : q.mapped().messages)
    if (w.since >= oldest) put(up, w.what);
}

void link_transport::on_down(const node_key& peer) { lines_.erase(peer); }

std::vector<node_key> link_transport::linked() const {
  std::vector<node_key> all;
  for (const auto& [key, _] : lines_) all.push_back(key);
  return all;
}

}  // namespace edgemesh::actors
