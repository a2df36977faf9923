// What a node of a mesh answers on listen.peer besides forwarded requests: joiners (join_service), and questions of members about this
// node. Changes, and the sessions and requests of clients, are for full members alone. An answer is this node's own: it asks nobody on.
// join() and ask() from any thread; everything else on the control loop, where questions are answered. At most `questions_max` at once.
#pragma once
#include <functional>
#include <optional>
#include <utility>

#include "actors/mesh/join_service.hpp"
#include "actors/runtime/event_loop.hpp"

namespace edgemesh::actors {

class mesh_door final : public http::mesh_ports {
 public:
  using reply_function = std::function<void(http::admin_answer)>;
  /// Answers for this node alone, within 3 s, on the control loop.
  using answer_function = std::function<void(http::admin_question, reply_function)>;
  static constexpr int questions_max = 32;
  static constexpr std::size_t answer_bytes_max = 100u << 10;

  struct ports {
    event_loop& control;
    join_service& joining;
    std::function<std::optional<node_role>(const node_key&)> role_of;  ///< of a member now; nothing for anybody else
  };
  explicit mesh_door(ports p) : ports_(std::move(p)) {}

  /// Before the first question.
  void answers_with(answer_function answer) { answer_ = std::move(answer); }

  void join(http::join_question question, reply_function reply) override { ports_.joining.join(std::move(question), std::move(reply)); }
  void ask(http::mesh_question question, reply_function reply) override;

 private:
  void on_question(const http::mesh_question& q, const reply_function& reply);

  ports ports_;
  answer_function answer_;
  int open_ = 0;
};

}  // namespace edgemesh::actors
