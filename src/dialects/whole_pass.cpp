#include "dialects/whole_pass.hpp"

#include "dialects/broken_answer.hpp"
#include "dialects/chunk_identity.hpp"
#include "dialects/finish_reason.hpp"
#include "dialects/reasoning_spelling.hpp"
#include "dialects/reported_usage.hpp"
#include "dialects/tool_delta_pass.hpp"
#include "json/writer.hpp"

namespace edgemesh::dialects {
namespace {

constexpr std::size_t choices_max = 128;
constexpr std::size_t calls_max = 128;

void put(json::value object, std::string_view key, json::value old, std::string raw, json::splice& splice) {
  if (!old) splice.append(object, key, raw);
  else if (old.raw() != raw) splice.replace(old, std::move(raw));
}

bool has_text(json::value v) noexcept { return v.type() == json::kind::string && !v.empty_string(); }

/// Edits of one choice at a time.
class choice_edits {
 public:
  choice_edits(const answer_options& options, json::splice& splice, answer& out) : options_(options), splice_(splice), out_(out) {}

  std::optional<attempt_failure> choice(json::value c, std::size_t position) {
    if (c.type() != json::kind::object) return garbage_answer();
    const auto [index, message, text, reason] = c.pick({"index", "message", "text", "finish_reason"});
    if (!index.integer()) put(c, "index", index, std::to_string(position), splice_);
    if (position >= choices_max) return garbage_answer();
    bool has_calls = false;
    if (options_.kind == endpoint::completions) {
      if (text.type() != json::kind::string) return garbage_answer();
      out_.text_bytes += text.text_bytes();
    } else {
      if (message.type() != json::kind::object) return garbage_answer();
      const json::value calls = edit_message(message);
      if (calls.size() > calls_max) return garbage_answer();
      has_calls = edit_calls(calls, position);
    }
    return finish(c, reason, has_calls);
  }

 private:
  /// All of a message but its tool calls, which are returned.
  json::value edit_message(json::value message) {
    reasoning_members thoughts;
    json::value role, content, tool_calls;
    for (const json::member& m : message.members()) {
      if (m.key.equals("role")) role = m.val;
      else if (m.key.equals("content")) content = m.val;
      else if (m.key.equals("tool_calls")) tool_calls = m.val;
      else if (m.key.equals("reasoning")) thoughts.reasoning = m;
      else if (m.key.equals("reasoning_content")) thoughts.reasoning_content = m;
    }
    if (!has_text(role)) put(message, "role", role, "\"assistant\"", splice_);
    if (!content) splice_.append(message, "content", "null");
    std::vector<json::member> gone;
    spell_reasoning(message, thoughts, options_.reasoning, gone, splice_);
    splice_.remove(message, gone);
    out_.text_bytes += content.text_bytes() + thoughts.text().text_bytes();
    return tool_calls;
  }

  bool edit_calls(json::value calls, std::size_t choice) {
    std::size_t position = 0;
    for (json::value call : calls.elements()) {
      const auto [id, type, function] = call.pick({"id", "type", "function"});
      if (!has_text(id)) put(call, "id", id, json::quoted(made_call_id(options_.identity.id, choice * calls_max + position)), splice_);
      if (!has_text(type)) put(call, "type", type, "\"function\"", splice_);
      if (function.type() == json::kind::object) {
        const json::value arguments = function["arguments"];
        if (auto text = arguments_as_text(arguments); !text.empty()) put(function, "arguments", arguments, text, splice_);
        out_.text_bytes += arguments.text_bytes();
      }
      ++position;
    }
    return position > 0;
  }

  std::optional<attempt_failure> finish(json::value c, json::value reason, bool has_calls) {
    const finish_verdict read = read_finish_reason(reason);
    using enum finish_verdict::what;
    if (read.is == failed) return aborted_answer();
    // A complete answer has ended, whatever the server forgot to say.
    if (read.is == absent) put(c, "finish_reason", reason, has_calls ? "\"tool_calls\"" : "\"stop\"", splice_);
    if (read.is == renamed) splice_.replace(reason, json::quoted(read.reason));
    return std::nullopt;
  }

  const answer_options& options_;
  json::splice& splice_;
  answer& out_;
};

}  // namespace

whole_members::whole_members(json::value document) : root(document) {
  for (const json::member& m : root.members()) {
    if (m.key.equals("id")) id = m.val;
    else if (m.key.equals("object")) object = m.val;
    else if (m.key.equals("created")) created = m.val;
    else if (m.key.equals("model")) model = m.val;
    else if (m.key.equals("choices")) choices = m.val;
    else if (m.key.equals("data")) data = m.val;
    else if (m.key.equals("usage")) usage = m.val;
    else if (m.key.equals("timings")) timings = m.val;
    else if (m.key.equals("error")) error = m.val;
  }
}

void edit_whole_identity(const answer_options& options, const whole_members& m, std::string_view object, json::splice& splice,
                         answer& out) {
  constexpr std::size_t model_name_bytes_max = 256;
  if (m.model.type() == json::kind::string && m.model.raw().size() <= model_name_bytes_max) out.upstream_model = *m.model.text();
  put(m.root, "object", m.object, json::quoted(object), splice);
  put(m.root, "model", m.model, json::quoted(options.identity.model), splice);
  if (options.kind == endpoint::embeddings) return;
  if (!is_usable_id(m.id)) put(m.root, "id", m.id, json::quoted(options.identity.id), splice);
  if (m.created.integer().value_or(0) <= 0) put(m.root, "created", m.created, std::to_string(options.identity.created), splice);
}

void edit_whole_usage(const answer_options& options, const whole_members& m, json::splice& splice, answer& out) {
  if (auto reported = read_usage(m.usage, m.timings)) out.usage = *reported;
  estimate_usage(options, out);
  const bool has_completion = options.kind != endpoint::embeddings;
  if (out.usage.source == usage_source::upstream && is_whole_usage(m.usage, has_completion)) return;
  std::string raw;
  openai::append_usage(raw, out.usage);
  put(m.root, "usage", m.usage, std::move(raw), splice);
}

std::optional<attempt_failure> pass_whole(const answer_options& options, std::string_view body, const whole_members& members,
                                          answer& out) {
  if (members.choices.elements().begin() == members.choices.elements().end())
    return garbage_answer("the backend's answer has no choices");
  json::splice splice(body);
  const bool is_chat = options.kind == endpoint::chat;
  edit_whole_identity(options, members, is_chat ? "chat.completion" : "text_completion", splice, out);
  choice_edits edits(options, splice, out);
  std::size_t position = 0;
  for (json::value choice : members.choices.elements())
    if (auto failure = edits.choice(choice, position++)) return failure;
  edit_whole_usage(options, members, splice, out);
  if (splice.empty()) out.out += body;
  else out.out += splice.apply();
  return std::nullopt;
}

}  // namespace edgemesh::dialects
