#include "cli/serve_command.hpp"

#include "actors/node.hpp"
#include "base/units.hpp"
#include "cli/terminal.hpp"
#include "mock/mock_server.hpp"

namespace edgemesh::cli {
namespace {

int wrong(const std::string& message) {
  complain(message);
  return static_cast<int>(exit_code::usage);
}

/// False after a complaint.
bool read_duration(const std::string& text, const char* flag, milliseconds& out) {
  if (text.empty()) return true;
  const auto parsed = parse_duration(text);
  if (!parsed || *parsed > std::chrono::hours(24)) {
    complain(std::string(flag) + ": expected a duration such as 30ms or 2s, at most 24h");
    return false;
  }
  out = std::chrono::ceil<milliseconds>(*parsed);
  return true;
}

}  // namespace

int serve(const serve_options& options) {
  if (!options.join.empty()) return wrong("--join: not in this version");
  auto settings = load_or_complain(options.configuration);
  if (!settings) return static_cast<int>(exit_code::usage);
  return actors::run_node(std::move(*settings), source_of(options.configuration));
}

int serve_mock(const mock_flags& flags) {
  mock::mock_options out;
  const auto kind = backend_kind_from(flags.kind);
  if (!kind || *kind == backend_kind::automatic) return wrong("--kind: expected one of cognis, ollama, llamacpp, vllm, openai");
  out.kind = *kind;
  auto listen = parse_host_port(flags.listen);
  if (!listen) return wrong("--listen: " + listen.error().message);
  out.listen = std::move(*listen);
  if (!flags.control.empty()) {
    auto control = parse_host_port(flags.control);
    if (!control) return wrong("--control: " + control.error().message);
    out.control = std::move(*control);
  }
  if (!read_duration(flags.ttft, "--ttft", out.ttft) || !read_duration(flags.itl, "--itl", out.itl))
    return static_cast<int>(exit_code::usage);
  for (const auto& text : flags.faults) {
    auto fault = mock::parse_fault(text);
    if (!fault) return wrong("--fault: " + fault.error().message);
    out.faults.push_back(std::move(*fault));
  }
  out.models = flags.models;
  out.tokens = flags.tokens;
  out.slots = flags.slots;
  out.context = flags.context;
  out.seed = flags.seed;
  out.api_key = flags.api_key;
  out.embeddings = !flags.no_embeddings;
  return mock::run(out);
}

}  // namespace edgemesh::cli
