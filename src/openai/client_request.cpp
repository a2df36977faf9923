#include "openai/client_request.hpp"

#include <utility>

#include "openai/deciding_members.hpp"
#include "openai/message_reader.hpp"
#include "openai/token_estimate.hpp"

namespace edgemesh::openai {
namespace {

using json::kind;
using json::value;
using complaint = std::optional<api_error>;  // nullopt: nothing to complain about

constexpr std::int64_t choices_max = 128;

complaint read_flag(value v, const char* name, bool& flag) {
  if (v.absent_or_null()) return std::nullopt;
  const auto given = v.boolean();
  if (!given) return bad_request("'" + std::string(name) + "' must be true, false or null.", name);
  flag = *given;
  return std::nullopt;
}

complaint read_token_limit(value v, const char* name, std::optional<std::int64_t>& limit) {
  if (v.absent_or_null()) return std::nullopt;
  const auto given = v.integer();
  if (!given || *given <= 0) return bad_request("'" + std::string(name) + "' must be a whole number above 0.", name);
  if (!limit) limit = given;
  return std::nullopt;
}

complaint read_common(const deciding_members& m, client_request& r) {
  if (!m.model.absent_or_null() && m.model.type() != kind::string) return bad_request("'model' must be a string.", "model");
  r.model = m.model.text_or("");
  if (auto error = read_flag(m.stream, "stream", r.stream)) return error;
  if (!m.stream_options.absent_or_null() && m.stream_options.type() != kind::object)
    return bad_request("'stream_options' must be an object or null.", "stream_options");
  if (auto error = read_flag(m.stream_options["include_usage"], "stream_options.include_usage", r.include_usage)) return error;
  // The first one given wins.
  if (auto error = read_token_limit(m.max_completion_tokens, "max_completion_tokens", r.facts.max_tokens)) return error;
  if (auto error = read_token_limit(m.max_tokens, "max_tokens", r.facts.max_tokens)) return error;
  if (!m.n.absent_or_null()) {
    r.choices = m.n.integer().value_or(0);
    if (r.choices < 1 || r.choices > choices_max) return bad_request("'n' must be a whole number from 1 to 128.", "n");
  }
  return std::nullopt;
}

complaint check_stop(value stop) {
  if (stop.absent_or_null() || stop.type() == kind::string) return std::nullopt;
  bool sound = stop.type() == kind::array;
  for (const value s : stop.elements()) sound = sound && s.type() == kind::string;
  if (!sound) return bad_request("'stop' must be a string, an array of strings or null.", "stop");
  return std::nullopt;
}

/// Tools that the server runs itself: a second attempt would run them again.
complaint read_tools(const deciding_members& m, client_request& r) {
  for (const auto& [list, name] : {std::pair{m.tools, "tools"}, std::pair{m.functions, "functions"}}) {
    if (list.absent_or_null()) continue;
    if (list.type() != kind::array) return bad_request("'" + std::string(name) + "' must be an array.", name);
    for (const value tool : list.elements()) {
      if (tool.type() != kind::object) return bad_request("An entry of '" + std::string(name) + "' must be an object.", name);
      r.facts.tools = true;
      const value type = tool["type"];
      if (!type || type.equals("function") || type.equals("custom")) continue;
      r.facts.has_effects = true;
      media_facts remote;
      scan_media(tool, remote);
      r.facts.remote_media = r.facts.remote_media || remote.remote;
    }
  }
  for (const auto& [choice, name] : {std::pair{m.tool_choice, "tool_choice"}, std::pair{m.function_call, "function_call"}}) {
    if (!choice.absent_or_null() && choice.type() != kind::string && choice.type() != kind::object)
      return bad_request("'" + std::string(name) + "' must be a string or an object.", name);
    if (choice.equals("none")) r.facts.tools = false;
  }
  return std::nullopt;
}

complaint read_response_format(value format, request_facts& facts) {
  if (format.absent_or_null()) return std::nullopt;
  const value type = format["type"];
  if (type.type() != kind::string) return bad_request("'response_format' must be an object with a 'type'.", "response_format");
  if (type.equals("json_schema") && format["json_schema"].type() != kind::object)
    return bad_request("'response_format.json_schema' must be an object.", "response_format.json_schema");
  facts.json_schema = type.equals("json_object") || type.equals("json_schema");
  return std::nullopt;
}

void note_media(const media_facts& media, request_facts& facts) {
  facts.images = media.images;
  facts.audio = media.audio;
  facts.remote_media = facts.remote_media || media.remote;
}

complaint read_chat(const deciding_members& m, client_request& r) {
  media_facts media;
  if (auto error = check_messages(m.messages, media)) return error;
  note_media(media, r.facts);
  if (auto error = check_stop(m.stop)) return error;
  if (auto error = read_tools(m, r)) return error;
  if (auto error = read_response_format(m.response_format, r.facts)) return error;
  r.facts.logprobs = m.logprobs.boolean().value_or(false);
  const bool searches = !m.web_search_options.absent_or_null();
  r.facts.has_effects = r.facts.has_effects || searches;
  return std::nullopt;
}

enum class item : std::uint8_t { text, token, tokens, other };

item kind_of(value v) noexcept {
  if (v.type() == kind::string) return item::text;
  if (v.type() == kind::number) return v.integer().value_or(-1) >= 0 ? item::token : item::other;
  if (v.type() != kind::array || v.size() == 0) return item::other;
  for (const value t : v.elements())
    if (kind_of(t) != item::token) return item::other;
  return item::tokens;
}

/// A string, or a non-empty array of strings, of token numbers, or of non-empty arrays of token numbers.
complaint check_input(value v, const char* name, std::size_t inputs_max) {
  if (v.absent_or_null()) return bad_request("'" + std::string(name) + "' is required.", name);
  if (v.type() == kind::string) return std::nullopt;
  const auto wrong = [name] {
    return bad_request("'" + std::string(name) + "' must be a string, or a non-empty array of strings, of token numbers or of arrays of them.", name);
  };
  if (v.type() != kind::array) return wrong();
  std::optional<item> all;
  std::size_t count = 0;
  for (const value element : v.elements()) {
    const item now = kind_of(element);
    if (now == item::other || all.value_or(now) != now) return wrong();
    all = now;
    if (++count > inputs_max && now != item::token)
      return bad_request("'" + std::string(name) + "' has more than " + std::to_string(inputs_max) + " entries.", name);
  }
  return all ? std::nullopt : complaint(wrong());
}

complaint read_completions(const deciding_members& m, const read_options& options, client_request& r) {
  if (auto error = check_input(m.prompt, "prompt", options.embedding_inputs_max)) return error;
  if (auto error = check_stop(m.stop)) return error;
  r.facts.logprobs = !m.logprobs.absent_or_null() && m.logprobs.boolean().value_or(true);
  return std::nullopt;
}

complaint read_embeddings(const deciding_members& m, const read_options& options, client_request& r) {
  if (auto error = check_input(m.input, "input", options.embedding_inputs_max)) return error;
  const value format = m.encoding_format;
  r.wants_base64 = format.equals("base64");
  if (!format.absent_or_null() && !r.wants_base64 && !format.equals("float"))
    return bad_request("'encoding_format' must be \"float\" or \"base64\".", "encoding_format");
  r.stream = r.include_usage = false;  // has no meaning here
  r.choices = 1;
  return std::nullopt;
}

complaint read_endpoint(const deciding_members& m, const read_options& options, client_request& r) {
  if (r.kind == endpoint::chat) return read_chat(m, r);
  media_facts media;
  if (auto error = check_message_media(m.messages, media)) return error;
  note_media(media, r.facts);
  return r.kind == endpoint::completions ? read_completions(m, options, r) : read_embeddings(m, options, r);
}

}  // namespace

api_result<client_request> read_request(endpoint kind_of_request, std::string body, const read_options& options) {
  if (const auto error = json::validate(body, options.json))
    return bad_request("The body is not valid JSON: " + std::string(error->reason) + " (at byte " + std::to_string(error->offset) + ").");
  client_request r;
  r.kind = kind_of_request;
  r.body = std::move(body);
  const value root = r.root();
  if (root.type() != kind::object) return bad_request("The body must be a JSON object.");
  const auto members = find_deciding_members(root);
  if (!members) return members.error();
  if (auto error = read_common(*members, r)) return *std::move(error);
  if (auto error = read_endpoint(*members, options, r)) return *std::move(error);
  const bool kept = members->store.boolean().value_or(false) || members->background.boolean().value_or(false);
  r.facts.has_effects = r.facts.has_effects || kept;
  r.facts.prompt_tokens = estimate_prompt_tokens(r.kind, *members);
  return r;
}

}  // namespace edgemesh::openai
