// llama-server, and Cognis, which is llama-server started without --metrics, with file paths as model ids.
// Several models make it a router that insists on the model's name; with one the name is ignored. See
// persona.hpp.
#pragma once
#include "mock/openai_persona.hpp"

namespace edgemesh::mock {

class llamacpp_persona final : public openai_persona {
 public:
  explicit llamacpp_persona(backend_kind kind) : kind_(kind) {}

  path_role role_of(std::string_view path) const override;
  reply refusal(const complaint& why) const override;
  complaint fault_complaint(fault_name name) const override;
  std::string_view server_name() const override { return "llama.cpp"; }
  std::string_view json_type() const override { return "application/json; charset=utf-8"; }
  std::string_view stream_type() const override { return "text/event-stream"; }
  bool pings() const override { return true; }

 protected:
  backend_kind kind() const override { return kind_; }
  bool is_open(std::string_view path) const override;
  complaint wrong_key() const override;
  bool accepts_key(const incoming& request, const std::string& key) const override;
  reply page(const incoming& request, mock_state& state) override;
  std::optional<complaint> model_problem(const std::string& model, const mock_state& state) const override;
  std::string model_in_answer(const std::string& asked_model, const mock_state& state) const override;
  complaint malformed_json(std::string_view parser_says) const override;
  complaint too_long(int tokens, int context) const override;
  std::optional<complaint> request_problem(const asked& request) const override;
  std::optional<complaint> embeddings_problem(const mock_state& state) const override;
  int usual_completion_limit() const override { return 0; }
  std::string answer_id(mock_state& state, bool) const override { return state.id("chatcmpl-", 32); }
  std::string tool_id(mock_state& state) const override { return state.id("", 32); }

 private:
  bool is_router(const mock_state& state) const;
  reply models(const mock_state& state) const;
  reply props(const mock_state& state) const;
  reply slots(const incoming& request, const mock_state& state) const;
  reply metrics(const mock_state& state) const;
  reply tokenize(const incoming& request) const;

  backend_kind kind_;
};

}  // namespace edgemesh::mock
