#include "cli/serve_command.hpp"

#include <cstdio>

#include "actors/node.hpp"
#include "base/units.hpp"
#include "cli/terminal.hpp"
#include "domain/join_token.hpp"
#include "mock/mock_server.hpp"
#include "settings/text_file.hpp"

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

/// The text behind TOKEN, @FILE or "-".
result<std::string> join_text(const std::string& option) {
  if (option.starts_with('@')) return settings::read_text_file(option.substr(1), 4 * join_token::text_max);
  if (option != "-") return option;
  std::string out(4 * join_token::text_max, '\0');
  out.resize(std::fread(out.data(), 1, out.size(), stdin));
  return out;
}

/// A token that can be read. One that has ended is refused here only for a node that is no member yet: a command line that holds it
/// still starts the member that it once made.
result<secret> join_token_from(const std::string& option, const settings::node_settings& node) {
  const auto text = join_text(option);
  if (!text) return text.error();
  const auto token = read_join_token(*text);
  if (!token) return token.error();
  const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (!node.in_mesh && is_expired(*token, now)) return error{"this join token has ended: let `edgemesh mesh invite` print a new one"};
  return write_join_token(*token);
}

}  // namespace

int serve(const serve_options& options) {
  auto settings = load_or_complain(options.configuration, settings::key_commands::run);
  if (!settings) return static_cast<int>(exit_code::usage);
  if (!options.join.empty()) {
    auto token = join_token_from(options.join, *settings);
    if (!token) return wrong("--join: " + printable(token.error().message));
    settings->join_token = std::move(*token);
    settings->in_mesh = true;
  }
  return actors::run_node(std::move(*settings), source_of(options.configuration, settings::key_commands::run));
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
