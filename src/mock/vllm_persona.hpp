// vLLM: error names of its own, model cards with max_model_len, its metrics, heads sent before the first
// token, the finish reason on the last delta. See persona.hpp.
#pragma once
#include "mock/openai_persona.hpp"

namespace edgemesh::mock {

class vllm_persona final : public openai_persona {
 public:
  path_role role_of(std::string_view path) const override;
  reply refusal(const complaint& why) const override;
  complaint fault_complaint(fault_name name) const override;
  std::string_view server_name() const override { return "uvicorn"; }
  bool is_head_early() const override { return true; }
  std::string error_event(const complaint& why) const override;
  std::string error_body_in_200(const complaint& why) const override;

 protected:
  backend_kind kind() const override { return backend_kind::vllm; }
  complaint wrong_key() const override;
  reply page(const incoming& request, mock_state& state) override;
  std::optional<complaint> model_problem(const std::string& model, const mock_state& state) const override;
  std::string model_in_answer(const std::string& asked_model, const mock_state& state) const override;
  complaint malformed_json(std::string_view parser_says) const override;
  std::optional<complaint> content_type_problem(const incoming& request) const override;
  complaint too_long(int tokens, int context) const override;
  void adjust(const boost::json::object& body, asked& request) const override;

 private:
  reply models(const mock_state& state) const;
  reply metrics(const mock_state& state) const;
  reply tokenize(const incoming& request, const mock_state& state) const;
};

}  // namespace edgemesh::mock
