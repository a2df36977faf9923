#include "actors/mesh/mesh_door.hpp"

#include "actors/admin/answers_of_nodes.hpp"
#include "actors/mesh/question_text.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::actors {

namespace {

http::admin_answer refusal(int status, std::string message, const char* code) {
  const openai::api_error e{status, std::move(message), "invalid_request_error", {}, code, {}, false};
  return {e.status, e.body(), "application/json", code};
}

}  // namespace

void mesh_door::ask(http::mesh_question question, reply_function reply) {
  ports_.control.post([this, q = std::move(question), reply = std::move(reply)] { on_question(q, reply); });
}

void mesh_door::on_question(const http::mesh_question& q, const reply_function& reply) {
  const auto role = ports_.role_of(q.from);
  if (!role) return reply(refusal(403, "this key is that of no member of the mesh", "not_a_member"));
  if (*role != node_role::full) return reply(refusal(403, "an edge node may not ask this: only full members may", "not_full"));
  auto asked = read_question(q.body);
  if (!asked) return reply(refusal(400, asked.error().message, "bad_question"));
  if (!answer_ || open_ >= questions_max) return reply(refusal(503, "this node answers too many questions at once", "busy"));
  ++open_;
  answer_(std::move(*asked), [this, reply](http::admin_answer a) {
    --open_;
    a.body = bounded_list(std::move(a.body), answer_bytes_max);
    reply(std::move(a));
  });
}

}  // namespace edgemesh::actors
