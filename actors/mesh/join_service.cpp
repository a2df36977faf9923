#include "actors/mesh/join_service.hpp"

#include <caf/all.hpp>

#include "base/base64.hpp"
#include "base/log.hpp"
#include "json/writer.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::actors {

namespace {

http::admin_answer refusal(int status, std::string message, const char* code) {
  const openai::api_error e{status, std::move(message), "invalid_request_error", {}, code, {}, false};
  return {e.status, e.body(), "application/json", code};
}

}  // namespace

join_service::join_service(join_service_deps deps)
    : deps_(std::move(deps)),
      desk_(deps_.root.mesh, deps_.identity->own_key()),
      tls_(net::mesh_tls::make_client(*deps_.identity, [](const node_key&) { return true; }, net::mesh_protocol::link)) {}

join_service::~join_service() = default;

void join_service::use(net::shared_identity identity) {
  deps_.identity = std::move(identity);
  desk_ = join_desk(deps_.root.mesh, deps_.identity->own_key());
  tls_ = net::mesh_tls::make_client(*deps_.identity, [](const node_key&) { return true; }, net::mesh_protocol::link);
}

void join_service::stop() {
  for (const auto& d : std::exchange(dials_, {})) d->cancel();
}

void join_service::join(http::join_question question, std::function<void(http::admin_answer)> reply) {
  deps_.control.post([this, q = std::move(question), reply = std::move(reply)]() mutable { on_question(q, std::move(reply)); });
}

void join_service::on_introduction(const http::join_question& q, reply_function reply) {
  const auto source = q.from.substr(0, q.from.rfind(':'));
  if (!introductions_.may_ask(source, steady_clock::now())) return reply(refusal(429, "too many introductions; try again in a minute", "too_many"));
  const auto said = read_introduction(q.body);
  if (!said) return reply(refusal(400, said.error().message, "bad_introduction"));
  auto records = believed(*said, deps_.root, *deps_.identity, deps_.wall_ms() / 1000);
  if (!records) {
    log::warn("introduction_refused", {{"from", q.from}, {"key", said->key.brief()}});
    return reply(refusal(403, records.error().message, "not_a_member"));
  }
  auto done = [this, key = said->key, reply](std::optional<std::vector<std::string>> shown) {
    deps_.control.post([this, key, reply, shown = std::move(shown)] {
      if (!shown || shown->empty()) return reply(refusal(403, "this key is no member here", "not_a_member"));
      log::info("node_introduced", {{"key", key.brief()}});
      reply({200, write_introduction({deps_.identity->own_key(), *shown})});
    });
  };
  caf::anon_send(replicator_, introduce_records{said->key, std::move(*records), reply_slot<std::vector<std::string>>(std::move(done))});
}

void join_service::on_question(const http::join_question& q, reply_function reply) {
  if (q.introduces) return on_introduction(q, std::move(reply));
  auto request = read_join_request(q.body);
  if (!request) return reply(refusal(400, request.error().message, "bad_join"));
  auto what = desk_.take(*request, deps_.wall_ms() / 1000, steady_clock::now());
  if (!what) {
    log::warn("join_refused", {{"from", q.from}, {"token", request->id.to_hex()}, {"reason", "token"}});
    return reply(refusal(403, what.error().message, "join_refused"));
  }
  if (request->mesh_address.empty()) return admit(*request, *what, std::move(reply));
  if (dials_.size() >= dials_max) {
    desk_.put_back(request->id);
    return reply(refusal(503, "too many nodes join at once; try again", "busy"));
  }
  dial_back(std::move(*request), std::move(*what), std::move(reply));
}

/// A wrong address is what goes wrong most: it is found here, by the one node that can say so.
void join_service::dial_back(join_request r, invitation what, reply_function reply) {
  const auto dial = std::make_shared<net::mesh_dial>(deps_.control.io(), deps_.resolver, tls_,
                                                     net::mesh_dial_options{milliseconds(1500), milliseconds(2000), 1});
  dials_.insert(dial);
  const net::mesh_destination to{*parse_host_port(r.mesh_address), r.key};
  dial->start(to, [this, dial, r = std::move(r), what = std::move(what), reply = std::move(reply)](result<net::mesh_connection> c) mutable {
    dials_.erase(dial);
    if (c) return admit(r, what, std::move(reply));
    desk_.put_back(r.id);
    log::warn("join_refused", {{"node", r.name}, {"reason", "address"}});
    reply(refusal(400,
                  "nobody can dial " + r.mesh_address + " (" + c.error().message +
                      "): set node.advertise to the address at which others reach this node's listen.mesh, or to none when there is none",
                  "wrong_advertise"));
  });
}

void join_service::admit(const join_request& r, const invitation& what, reply_function reply) {
  proto::member_body body;
  body.subject = r.key;
  body.name = what.name.empty() ? r.name : what.name;
  body.site = what.site.empty() ? r.site : what.site;
  body.role = what.role;
  body.clearance = what.clearance;
  auto done = [this, r, reply](std::optional<std::vector<std::string>> records) {
    deps_.control.post([this, r, reply, records = std::move(records)]() mutable { answer(r, std::move(records), reply); });
  };
  caf::anon_send(replicator_, admit_member{std::move(body), reply_slot<std::vector<std::string>>(std::move(done))});
}

void join_service::answer(const join_request& r, std::optional<std::vector<std::string>> records, const reply_function& reply) {
  if (!records || records->empty()) {
    desk_.put_back(r.id);
    return reply(refusal(403, "the node that printed this token may not admit others any more", "join_refused"));
  }
  desk_.redeemed(r.id);
  std::string body;
  json::writer w(body);
  w.begin_object().member("mesh", deps_.root.mesh.to_hex()).member("founding", deps_.root.founding.to_hex()).key("records").begin_array();
  for (const auto& raw : *records) w.string(base64::encode(raw));
  w.end_array().end_object();
  reply({200, std::move(body)});
}

}  // namespace edgemesh::actors
