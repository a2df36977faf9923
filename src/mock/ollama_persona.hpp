// Ollama's native API: Host guard, names, tags, ps, show, chat, generate, embed. A model with "embed" in its
// name embeds and does nothing else; one with "cloud" in its tag is shown as remote. See persona.hpp.
#pragma once
#include <optional>

#include "mock/ollama_request.hpp"
#include "mock/persona.hpp"

namespace boost::json {
class object;
}

namespace edgemesh::mock {

class ollama_persona final : public persona {
 public:
  path_role role_of(std::string_view path) const override;
  verdict answer(const incoming& request, mock_state& state) override;
  reply refusal(const complaint& why) const override;
  complaint fault_complaint(fault_name name) const override;
  std::string_view server_name() const override { return ""; }
  std::string_view json_type() const override { return "application/json; charset=utf-8"; }
  std::string_view stream_type() const override { return "application/x-ndjson"; }
  std::string error_event(const complaint& why) const override;
  std::string malformed_event() const override;
  std::string huge_event_start() const override;

 private:
  reply page(const std::string& path, mock_state& state) const;
  reply tags(const mock_state& state, bool loaded_only) const;
  reply show(const boost::json::object& body, const mock_state& state) const;
  verdict post(const incoming& request, mock_state& state);
  verdict generate(const boost::json::object& body, mock_state& state, bool chat);
  verdict embed_all(const boost::json::object& body, mock_state& state, bool legacy);
  static std::optional<complaint> model_problem(const std::string& name, const mock_state& state);
  static std::optional<complaint> ability_problem(const ollama_asked& wanted, const mock_state& state);
};

/// Ollama's rule for a server on loopback: localhost, loopback and private addresses, and local names.
bool is_local_host(std::string_view host_header);

}  // namespace edgemesh::mock
