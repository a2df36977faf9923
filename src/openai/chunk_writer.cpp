#include "openai/chunk_writer.hpp"

#include <algorithm>
#include <utility>

#include "json/writer.hpp"

namespace edgemesh::openai {
namespace {

constexpr int choices_max = 128;

/// An id for a call that came without one: derived, so that the same answer has the same ids.
std::string call_id(const answer_identity& identity, int choice, int index, const tool_call& call) {
  if (!call.id.empty()) return call.id;
  const auto dash = identity.id.find('-');
  std::string id = "call_" + (dash == std::string::npos ? identity.id : identity.id.substr(dash + 1));
  id += '_' + std::to_string(choice) + '_' + std::to_string(index);
  return id;
}

void write_function(json::writer& w, const tool_call& call, const std::string& id) {
  w.member("id", id).member("type", "function").key("function").begin_object();
  w.member("name", call.name).member("arguments", call.arguments).end_object();
}

void write_reasoning(json::writer& w, std::string_view text, reasoning_key key) {
  if (key != reasoning_key::reasoning) w.member("reasoning_content", text);
  if (key != reasoning_key::reasoning_content) w.member("reasoning", text);
}

void raw_or_null(json::writer& w, std::string_view raw) {
  if (raw.empty()) w.null();
  else w.raw(raw);
}

void write_message(json::writer& w, const answer_identity& identity, int choice, const whole_choice& c, reasoning_key key) {
  w.begin_object().member("role", "assistant").key("content");
  if (c.has_content && (!c.content.empty() || c.tool_calls.empty())) w.string(c.content);
  else w.null();
  w.key("refusal").null();
  if (!c.reasoning.empty()) write_reasoning(w, c.reasoning, key);
  if (!c.tool_calls.empty()) {
    w.key("tool_calls").begin_array();
    int index = 0;
    for (const tool_call& call : c.tool_calls) {
      w.begin_object();
      write_function(w, call, call_id(identity, choice, index++, call));
      w.end_object();
    }
    w.end_array();
  }
  w.end_object();
}

}  // namespace

chunk_writer::chunk_writer(endpoint kind, answer_identity identity, bool include_usage, reasoning_key key)
    : kind_(kind), identity_(std::move(identity)), include_usage_(include_usage), key_(key) {
  head_ = "data: ";
  json::writer w(head_);
  w.begin_object().member("id", identity_.id);
  w.member("object", kind_ == endpoint::chat ? "chat.completion.chunk" : "text_completion");
  w.member("created", identity_.created).member("model", identity_.model).key("choices");
}

chunk_writer::choice_state* chunk_writer::writable(int choice) {
  if (done_ || choice < 0 || choice >= choices_max) return nullptr;
  const auto index = static_cast<std::size_t>(choice);
  if (choices_.size() <= index) choices_.resize(index + 1);
  return choices_[index].finished ? nullptr : &choices_[index];
}

int chunk_writer::tool_calls(int choice) const noexcept {
  const auto index = static_cast<std::size_t>(choice);
  return choice >= 0 && index < choices_.size() ? choices_[index].tool_calls : 0;
}

/// `delta` holds the members of chat's delta, or the text of completions as JSON.
void chunk_writer::frame(std::string& out, int choice, std::string_view delta, std::string_view logprobs_raw,
                         std::string_view finish_reason) const {
  out += head_;
  json::writer w(out);
  w.begin_array().begin_object().member("index", choice).key(kind_ == endpoint::chat ? "delta" : "text").raw(delta);
  w.key("logprobs");
  raw_or_null(w, logprobs_raw);
  w.key("finish_reason");
  if (finish_reason.empty()) w.null();
  else w.string(finish_reason);
  w.end_object().end_array();
  // Readers take the last value of usage that they see, so only the last chunk may carry one.
  if (include_usage_) w.key("usage").null();
  out += "}\n\n";
}

void chunk_writer::open(std::string& out, int choice, choice_state& state) {
  if (std::exchange(state.opened, true) || kind_ != endpoint::chat) return;
  frame(out, choice, R"({"role":"assistant","content":""})", {}, {});
}

void chunk_writer::content(std::string& out, int choice, std::string_view text, std::string_view logprobs_raw) {
  choice_state* const state = writable(choice);
  if (state == nullptr || (text.empty() && logprobs_raw.empty())) return;
  open(out, choice, *state);
  std::string delta;
  if (kind_ == endpoint::chat) json::writer(delta).begin_object().member("content", text).end_object();
  else json::append_quoted(delta, text);
  frame(out, choice, delta, logprobs_raw, {});
}

void chunk_writer::reasoning(std::string& out, int choice, std::string_view text) {
  choice_state* const state = writable(choice);
  if (state == nullptr || text.empty() || kind_ != endpoint::chat) return;
  open(out, choice, *state);
  std::string delta;
  json::writer w(delta);
  w.begin_object();
  write_reasoning(w, text, key_);
  w.end_object();
  frame(out, choice, delta, {}, {});
}

void chunk_writer::whole_tool_call(std::string& out, int choice, const tool_call& call) {
  choice_state* const state = writable(choice);
  if (state == nullptr || kind_ != endpoint::chat) return;
  open(out, choice, *state);
  const int index = state->tool_calls++;
  std::string delta;
  json::writer w(delta);
  w.begin_object().key("tool_calls").begin_array().begin_object().member("index", index);
  write_function(w, call, call_id(identity_, choice, index, call));
  w.end_object().end_array().end_object();
  frame(out, choice, delta, {}, {});
}

void chunk_writer::finish(std::string& out, int choice, std::string_view reason) {
  choice_state* const state = writable(choice);
  if (state == nullptr) return;
  open(out, choice, *state);
  state->finished = true;
  frame(out, choice, kind_ == endpoint::chat ? "{}" : "\"\"", {}, reason);
}

bool chunk_writer::done(std::string& out, const token_usage& usage) {
  const auto is_finished = [](const choice_state& c) { return c.finished; };
  const auto is_truncated = [](const choice_state& c) { return c.opened && !c.finished; };
  if (done_ || std::none_of(choices_.begin(), choices_.end(), is_finished) ||
      std::any_of(choices_.begin(), choices_.end(), is_truncated))
    return false;
  done_ = true;
  if (include_usage_) {
    out += head_;
    out += "[],\"usage\":";
    append_usage(out, usage);
    out += "}\n\n";
  }
  out += "data: [DONE]\n\n";
  return true;
}

std::string whole_answer(endpoint kind, const answer_identity& identity, const std::vector<whole_choice>& choices,
                         const token_usage& usage, reasoning_key key) {
  std::string out;
  json::writer w(out);
  w.begin_object().member("id", identity.id).member("object", kind == endpoint::chat ? "chat.completion" : "text_completion");
  w.member("created", identity.created).member("model", identity.model).key("choices").begin_array();
  int index = 0;
  for (const whole_choice& c : choices) {
    w.begin_object().member("index", index);
    if (kind == endpoint::chat) {
      w.key("message");
      write_message(w, identity, index, c, key);
    } else {
      w.member("text", c.content);
    }
    w.key("logprobs");
    raw_or_null(w, c.logprobs_raw);
    w.member("finish_reason", c.finish_reason).end_object();
    ++index;
  }
  w.end_array().key("usage");
  append_usage(out, usage);
  out += '}';
  return out;
}

void append_usage(std::string& out, const token_usage& usage) {
  json::writer w(out);
  w.begin_object().member("prompt_tokens", usage.prompt_tokens).member("completion_tokens", usage.completion_tokens);
  w.member("total_tokens", usage.prompt_tokens + usage.completion_tokens);
  w.key("prompt_tokens_details").begin_object().member("cached_tokens", usage.cached_tokens).end_object();
  w.key("completion_tokens_details").begin_object().member("reasoning_tokens", usage.reasoning_tokens).end_object();
  w.end_object();
}

}  // namespace edgemesh::openai
