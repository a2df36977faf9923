#include "actors/across_nodes.hpp"

#include <algorithm>

#include "actors/admin/mesh_rows.hpp"
#include "actors/admin/request_limit.hpp"
#include "actors/mesh/question_text.hpp"
#include "http/model_list.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::actors {

namespace {

using kind = http::admin_question::kind;
using http::admin_answer;

constexpr std::size_t requests_limit_max = 1000;

admin_answer of(const openai::api_error& e) { return {e.status, e.body()}; }
admin_answer not_found(std::string message) {
  return of({404, std::move(message), "invalid_request_error", {}, "not_found", {}, false});
}

/// What this node and the others said, gathered until both are here.
struct both {
  admin_answer own;
  std::vector<node_answer> others;
};

}  // namespace

bool across_nodes::takes(kind what) noexcept {
  return what == kind::backends || what == kind::backend || what == kind::models || is_askable(what);
}

void across_nodes::ask(http::admin_question q, reply_function reply) {
  switch (q.what) {
    case kind::backends: return backends(std::move(reply));
    case kind::backend: return backend(std::move(q.subject), std::move(reply));
    case kind::models: return models(std::move(reply));
    case kind::sessions:
    case kind::requests: return list(std::move(q), std::move(reply));
    case kind::request: return request(std::move(q), std::move(reply));
    default: return steer(std::move(q), std::move(reply));
  }
}

void across_nodes::backends(reply_function reply) {
  ports_.mesh.look([this, reply = std::move(reply)](const picture& p) {
    ports_.here({kind::backends, {}, {}, {}, {}}, [this, p, reply](admin_answer own) {
      if (own.status != 200) return reply(std::move(own));
      const auto routes = ports_.routes();
      reply({200, backends_of_mesh(own.body, {*p, *routes, ports_.wall_ms()})});
    });
  });
}

/// What its owner said last, without asking it.
void across_nodes::backend(std::string name, reply_function reply) {
  ports_.here({kind::backend, name, {}, {}, {}}, [this, name, reply = std::move(reply)](admin_answer own) {
    if (own.status != 404) return reply(std::move(own));
    ports_.mesh.look([this, name, own = std::move(own), reply](const picture& p) {
      auto names = name.find('/') == name.npos ? full_names_of(name, *p) : std::vector<std::string>{name};
      const auto prefix = own_name_in(*p) + "/";
      if (names.size() == 1 && names.front().starts_with(prefix))
        return ports_.here({kind::backend, names.front().substr(prefix.size()), {}, {}, {}}, reply);
      const auto routes = ports_.routes();
      auto row = names.size() == 1 ? backend_of_mesh(names.front(), {*p, *routes, ports_.wall_ms()}) : std::string();
      if (row.empty()) return reply(own);
      reply({200, std::move(row)});
    });
  });
}

void across_nodes::models(reply_function reply) {
  backends([this, reply = std::move(reply)](admin_answer all) {
    if (all.status != 200) return reply(std::move(all));
    reply({200, models_of_mesh(http::model_list_body(*ports_.routes()), all.body)});
  });
}

void across_nodes::list(http::admin_question q, reply_function reply) {
  ports_.mesh.look([this, q = std::move(q), reply = std::move(reply)](const picture& p) {
    const auto limit = q.what == kind::requests ? std::min(request_limit_of(q.query), requests_limit_max) : std::size_t{0};
    auto gathered = std::make_shared<both>();
    auto done = when_all_gone([gathered, name = own_name_in(*p), what = q.what, limit, reply] {
      if (gathered->own.status != 200) return reply(std::move(gathered->own));
      reply({200, what == kind::sessions ? merged_sessions(name, gathered->own.body, gathered->others)
                                         : merged_requests(name, gathered->own.body, gathered->others, limit)});
    });
    ports_.here(q, [gathered, done](admin_answer a) { gathered->own = std::move(a); });
    ask_nodes(ports_.io, others_in(*p), write_question(q), [gathered, done](std::vector<node_answer> all) { gathered->others = std::move(all); });
  });
}

void across_nodes::request(http::admin_question q, reply_function reply) {
  ports_.mesh.look([this, q = std::move(q), reply = std::move(reply)](const picture& p) {
    const auto slash = q.subject.find('/');
    if (slash != q.subject.npos && q.subject.substr(0, slash) != own_name_in(*p)) {
      auto there = q;
      const auto node = there.subject.substr(0, slash);
      there.subject.erase(0, slash + 1);
      return ask_one(p, node, there, reply);
    }
    auto here = q;
    if (slash != q.subject.npos) here.subject.erase(0, slash + 1);
    ports_.here(here, [this, p, here, reply](admin_answer own) { request_of_others(p, here, std::move(own), reply); });
  });
}

/// A record says which other nodes have a part of it; without one anybody may.
void across_nodes::request_of_others(const picture& p, http::admin_question q, admin_answer own, reply_function reply) {
  auto whom = others_in(*p);
  if (own.status == 200) {
    const auto named = nodes_in(own.body);
    std::erase_if(whom, [&](const asked_node& n) { return std::find(named.begin(), named.end(), n.name) == named.end(); });
  }
  ask_nodes(ports_.io, std::move(whom), write_question(q), [own = std::move(own), name = own_name_in(*p), reply](std::vector<node_answer> all) {
    all.insert(all.begin(), node_answer{name, own.status, own.body, {}});
    reply(merged_request(all));
  });
}

void across_nodes::steer(http::admin_question q, reply_function reply) {
  const auto slash = q.subject.find('/');
  if (slash == q.subject.npos) return steer_by_short_name(std::move(q), std::move(reply));
  ports_.mesh.look([this, q = std::move(q), slash, reply = std::move(reply)](const picture& p) {
    auto there = q;
    const auto node = there.subject.substr(0, slash);
    there.subject.erase(0, slash + 1);
    if (node == own_name_in(*p)) return ports_.here(std::move(there), reply);
    ask_one(p, node, there, reply);
  });
}

void across_nodes::steer_by_short_name(http::admin_question q, reply_function reply) {
  if (q.what == kind::session_cancel) return ports_.here(std::move(q), std::move(reply));
  ports_.here(q, [this, q, reply = std::move(reply)](admin_answer own) {
    if (own.status != 404) return reply(std::move(own));
    ports_.mesh.look([this, q, own = std::move(own), reply](const picture& p) {
      const auto names = full_names_of(q.subject, *p);
      if (names.empty()) return reply(own);
      if (names.size() > 1) {
        std::string all;
        for (const auto& n : names) all += (all.empty() ? "" : ", ") + n;
        return reply(of(openai::bad_request("several backends have this name: " + all, {}, "ambiguous_backend")));
      }
      ask_one(p, names.front().substr(0, names.front().find('/')), q, reply);
    });
  });
}

void across_nodes::ask_one(const picture& p, const std::string& node, const http::admin_question& q, reply_function reply) {
  auto whom = node_in(*p, node);
  if (!whom) return reply(not_found("there is no other node of this name in the mesh: edgemesh peers lists them"));
  ask_nodes(ports_.io, {std::move(*whom)}, write_question(q), [reply = std::move(reply)](std::vector<node_answer> all) { reply(answer_of(all.front())); });
}

std::vector<asked_node> across_nodes::others_in(const mesh_picture& p) const {
  std::vector<asked_node> all;
  for (const auto& m : p.mesh.members)
    if (m.key != p.mesh.self) all.push_back(asked(p, m));
  return all;
}

std::optional<asked_node> across_nodes::node_in(const mesh_picture& p, const std::string& name) const {
  for (const auto& m : p.mesh.members)
    if (m.key != p.mesh.self && m.name == name) return asked(p, m);
  return std::nullopt;
}

/// The dead are not asked: that would only take the whole time.
asked_node across_nodes::asked(const mesh_picture& p, const replication::member& m) const {
  using membership::member_state;
  for (const auto& held : p.membership.members)
    if (held.key == m.key && (held.state == member_state::dead || held.state == member_state::left))
      return {m.name, nullptr, held.state == member_state::dead ? "it is dead" : "it has left"};
  for (const auto& n : p.mesh.view->nodes) {
    if (n.who.key != m.key) continue;
    if (auto way = ports_.way_to_ask(n)) return {m.name, std::move(way), {}};
    return {m.name, nullptr, n.body.peer_address.empty() ? "nobody can dial it, and it lends no connection" : "its address is not known at present"};
  }
  return {m.name, nullptr, "it has said nothing about itself yet"};
}

}  // namespace edgemesh::actors
