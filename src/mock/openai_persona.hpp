// A server of the OpenAI family: /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models with a
// Bearer key. As it stands it is OpenAI itself; llama-server and vLLM differ in pages, names of errors and
// habits of streams. See persona.hpp for owner and thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "mock/asked.hpp"
#include "mock/persona.hpp"

namespace boost::json {
class object;
}

namespace edgemesh::mock {

class openai_persona : public persona {
 public:
  path_role role_of(std::string_view path) const override;
  verdict answer(const incoming& request, mock_state& state) final;
  reply refusal(const complaint& why) const override;
  complaint fault_complaint(fault_name name) const override;
  std::string_view server_name() const override { return "mock-openai"; }
  std::string_view json_type() const override { return "application/json"; }
  std::string_view stream_type() const override { return "text/event-stream; charset=utf-8"; }
  std::string error_event(const complaint& why) const override;
  std::string malformed_event() const override;
  std::string huge_event_start() const override;

 protected:
  virtual backend_kind kind() const { return backend_kind::openai; }
  virtual bool is_open(std::string_view path) const;  ///< needs no key
  virtual complaint wrong_key() const;
  virtual bool accepts_key(const incoming& request, const std::string& key) const;
  virtual reply page(const incoming& request, mock_state& state);
  /// What is wrong with the asked model; nullopt when it may be used.
  virtual std::optional<complaint> model_problem(const std::string& model, const mock_state& state) const;
  virtual std::string model_in_answer(const std::string& asked_model, const mock_state& state) const;
  virtual complaint malformed_json(std::string_view parser_says) const;
  virtual std::optional<complaint> content_type_problem(const incoming&) const { return std::nullopt; }
  virtual complaint too_long(int tokens, int context) const;
  virtual void adjust(const boost::json::object&, asked&) const {}  ///< habits of one server
  virtual std::optional<complaint> request_problem(const asked&) const { return std::nullopt; }
  virtual std::optional<complaint> embeddings_problem(const mock_state& state) const;
  virtual int usual_completion_limit() const { return 16; }
  virtual std::string answer_id(mock_state& state, bool chat) const;
  virtual std::string tool_id(mock_state& state) const { return state.id("call_", 24); }

  static reply json_reply(std::string body, int status = 200);
  static bool lists(const mock_state& state, std::string_view model);

 private:
  verdict work(const incoming& request, mock_state& state);
  verdict complete(asked request, mock_state& state);
  verdict embed_all(const boost::json::object& body, mock_state& state);
};

/// %2F and the like; what is not an escape stays.
std::string percent_decoded(std::string_view text);

}  // namespace edgemesh::mock
