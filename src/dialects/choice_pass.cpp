#include "dialects/choice_pass.hpp"

#include "dialects/finish_reason.hpp"

namespace edgemesh::dialects {
namespace {

std::string_view inner(json::value key) noexcept { return key.raw().substr(1, key.raw().size() - 2); }

bool has_text(json::value v) noexcept { return v.type() == json::kind::string && !v.empty_string(); }

bool has_elements(json::value v) noexcept { return v.type() == json::kind::array && v.elements().begin() != v.elements().end(); }

bool is_text_or_null(json::value v) noexcept {
  return v.absent_or_null() || v.type() == json::kind::string;
}

}  // namespace

choice_pass::verdict choice_pass::pass(json::value choice, const settings& s, json::splice& splice, chunk_effects& effects) {
  json::member index, delta_member, text, reason;
  json::value logprobs;
  for (const json::member& m : choice.members()) {
    const std::string_view name = inner(m.key);
    if (name == "delta") delta_member = m;
    else if (name == "finish_reason") reason = m;
    else if (name == "index") index = m;
    else if (name == "text") text = m;
    else if (name == "logprobs") logprobs = m.val;
  }
  if (!index.key) splice.append(choice, "index", std::to_string(index_));
  else if (index.val.type() != json::kind::number) splice.replace(index.val, std::to_string(index_));
  if (s.kind == endpoint::completions) {
    if (!text.key) splice.append(choice, "text", "\"\"");
    else if (text.val.type() != json::kind::string) splice.replace(text.val, "\"\"");
    effects.content |= has_text(text.val);
    effects.text_bytes += text.val.text_bytes();
    effects.text = text.val;
  } else if (delta_member.val.type() == json::kind::object) {
    if (!delta(delta_member.val, s, splice, effects)) return verdict::unreadable;
  } else {
    const std::string whole = opened_ ? "{}" : R"({"role":"assistant","content":""})";
    opened_ = true;
    if (delta_member.key) splice.replace(delta_member.val, whole);
    else splice.append(choice, "delta", whole);
  }
  if (logprobs.type() == json::kind::object) {
    effects.content |= has_elements(logprobs["content"]);
    effects.text = {};
  }
  return finish(reason.val, splice, effects);
}

bool choice_pass::delta(json::value whole, const settings& s, json::splice& splice, chunk_effects& effects) {
  json::member role_member, content;
  json::value tool_calls;
  reasoning_members thoughts;
  bool only_text = opened_;  // what a choice's first chunk says of its role counts
  for (const json::member& m : whole.members()) {
    const std::string_view name = inner(m.key);
    if (name == "content") content = m;
    else if (name == "role") role_member = m;
    else if (name == "tool_calls") tool_calls = m.val;
    else if (name == "reasoning_content") thoughts.reasoning_content = m;
    else if (name == "reasoning") thoughts.reasoning = m;
    else if (name == "refusal") {
      effects.content |= has_text(m.val);
      effects.text_bytes += m.val.text_bytes();
      only_text &= !has_text(m.val);
    } else if (name == "function_call" || name == "audio") {
      effects.content |= m.val.type() == json::kind::object;
      only_text &= m.val.type() != json::kind::object;
    }
  }
  // The opening chunk's content is "" on our wire; strict helpers start to add up there.
  if (!opened_ && content.val.is_null()) splice.replace(content.val, "\"\"");
  std::vector<json::member> gone;
  role(whole, role_member, gone, splice);
  if (thoughts.reasoning.key || thoughts.reasoning_content.key) spell_reasoning(whole, thoughts, s.reasoning, gone, splice);
  splice.remove(whole, gone);
  const json::value thought = thoughts.text();
  effects.content |= has_text(content.val) || !is_text_or_null(content.val) || has_text(thought);
  effects.text_bytes += content.val.text_bytes() + thought.text_bytes();
  if (!has_elements(tool_calls)) {
    if (only_text && has_text(content.val) != has_text(thought)) effects.text = has_text(thought) ? thought : content.val;
    return true;
  }
  effects.content = true;
  return tools_.pass(tool_calls, s.id_stem, splice, effects.text_bytes);
}

void choice_pass::role(json::value whole, const json::member& role, std::vector<json::member>& gone, json::splice& splice) {
  if (opened_) {
    if (has_text(role.val)) gone.push_back(role);
    return;
  }
  opened_ = true;
  if (!role.key) splice.append(whole, "role", "\"assistant\"");
  else if (!has_text(role.val)) splice.replace(role.val, "\"assistant\"");
}

choice_pass::verdict choice_pass::finish(json::value reason, json::splice& splice, chunk_effects& effects) {
  const finish_verdict read = read_finish_reason(reason);
  if (read.is != finish_verdict::what::absent) effects.text = {};
  switch (read.is) {
    case finish_verdict::what::failed: return verdict::aborted;
    case finish_verdict::what::absent:
      if (reason && !reason.is_null()) splice.replace(reason, "null");
      return verdict::ok;
    case finish_verdict::what::kept:
    case finish_verdict::what::renamed: break;
  }
  if (finished_) splice.replace(reason, "null");
  else if (read.is == finish_verdict::what::renamed) splice.replace(reason, '"' + std::string(read.reason) + '"');
  finished_ = true;
  effects.content = true;
  return verdict::ok;
}

}  // namespace edgemesh::dialects
