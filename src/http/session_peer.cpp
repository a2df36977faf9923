// The part of a session that speaks with other nodes: who they are, what the heads of their requests say, and the pages of the
// mesh itself: for a node that is not known yet, and for members that ask.
#include "http/session.hpp"

namespace edgemesh::http {

namespace asio = boost::asio;

namespace {

struct door_wait {
  explicit door_wait(asio::any_io_executor executor) : answered(std::move(executor)) {}
  net::event answered;
  admin_answer answer;
};

}  // namespace

/// Of a member each request is judged anew: connections outlive an eviction by the time that cutting them takes.
std::optional<openai::api_error> session::peer_refusal() {
  if (auto wrong = route_refusal()) return wrong;
  if (link_->is_join) return std::nullopt;
  const auto facts = shard_.ports.mesh();
  const auto* peer = facts ? facts->find(*link_->peer) : nullptr;
  if (peer == nullptr) {
    context_.keep_alive = false;
    return openai::forbidden("this key is that of no member of the mesh", "not_a_member");
  }
  context_.record.peer = peer->name;
  if (context_.route.page != api_page::inference) return std::nullopt;
  auto head = read_forward_head(head_);
  if (!head) return head.error();
  context_.forwarded = std::move(*head);
  return std::nullopt;
}

/// What the mesh itself answers: a joiner once, members' questions as long as they like.
asio::awaitable<void> session::serve_door() {
  auto* door = shard_.ports.mesh_door();
  const bool asks = context_.route.page == api_page::ask;
  const bool introduces = !asks && head_.path() == introduction_path;
  const auto bytes_max = asks ? question_bytes_max : introduces ? introduction_bytes_max : join_body_bytes_max;
  if (!asks) context_.keep_alive = false;
  if (head_.chunked || head_.content_length.value_or(0) > bytes_max) {
    context_.keep_alive = false;
    co_return co_await reply(context_.error_response(openai::payload_too_large(
        "a body here has a Content-Length of at most " + std::to_string(bytes_max / 1024) + " KiB")));
  }
  if (door == nullptr) {
    co_await pass_over_body();
    co_return co_await reply(context_.error_response(openai::unavailable("this node is in no mesh", "no_mesh", seconds(1))));
  }
  if (const auto refused = co_await read_body()) co_return co_await reply(context_.error_response(*refused));
  enter(phase::reply, milliseconds(6000));
  auto wait = std::make_shared<door_wait>(shard_.io.get_executor());
  auto answered = [wait, &io = shard_.io](admin_answer answer) {
    asio::post(io, [wait, answer = std::move(answer)]() mutable {
      wait->answer = std::move(answer);
      wait->answered.set();
    });
  };
  if (asks) door->ask({std::exchange(body_, {}), *link_->peer}, std::move(answered));
  else door->join({std::exchange(body_, {}), link_->view.client, introduces}, std::move(answered));
  co_await wait->answered.wait();
  context_.record.status = wait->answer.status;
  context_.record.error_code = wait->answer.code;
  auto w = context_.head(wait->answer.status);
  w.field("content-type", wait->answer.content_type);
  co_await reply(std::move(w).with_body(wait->answer.body));
}

}  // namespace edgemesh::http
