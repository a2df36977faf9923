#include "mock/answer_plan.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include "mock/schema_sample.hpp"

namespace edgemesh::mock {
namespace {

constexpr std::size_t json_token_bytes = 8;
constexpr std::size_t reasoning_tokens = 3;

bool is_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string chosen_tool(const asked& request, const asked_prompt& prompt) {
  if (request.tools.empty() || request.wish == tool_wish::none) return {};
  if (request.wish == tool_wish::named) return request.wished_tool;
  const bool hinted = !prompt.follows_a_tool && prompt.last_text.find("tool") != std::string::npos;
  return request.wish == tool_wish::required || hinted ? request.tools.front() : std::string();
}

token_text content_of(const asked& request, const asked_prompt& prompt, int tokens) {
  constexpr std::string_view mark = "echo:";
  if (const auto at = prompt.last_text.find(mark); at != std::string::npos)
    return token_text::words(prompt.last_text.substr(at + mark.size()));
  if (request.wants_json) return token_text::bytes(boost::json::serialize(sample_of(request.schema)));
  return token_text::counted(static_cast<std::size_t>(std::max(tokens, 0)));
}

}  // namespace

token_text token_text::words(std::string text) {
  token_text out(std::move(text));
  for (std::size_t i = 0; i < out.text_.size(); ++i)
    if (out.text_[i] == ' ' || i + 1 == out.text_.size())
      out.ends_.push_back(static_cast<std::uint32_t>(i + 1));
  return out;
}

token_text token_text::bytes(std::string text) {
  token_text out(std::move(text));
  std::size_t at = 0;
  while (at < out.text_.size()) {
    at = std::min(at + json_token_bytes, out.text_.size());
    while (at < out.text_.size() && is_continuation(out.text_[at])) ++at;
    out.ends_.push_back(static_cast<std::uint32_t>(at));
  }
  return out;
}

std::string_view token_text::at(std::size_t k, scratch& room) const noexcept {
  if (!letter_) {
    const std::size_t begin = k == 0 ? 0 : ends_[k - 1];
    return std::string_view(text_).substr(begin, ends_[k] - begin);
  }
  room[0] = letter_;
  char* end =
      std::to_chars(room.data() + 1, room.data() + room.size() - 1, static_cast<std::uint32_t>(k)).ptr;
  *end++ = ' ';
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

std::string token_text::all() const {
  if (!letter_) return text_;
  std::string out;
  scratch room;
  for (std::size_t k = 0; k < count_; ++k) out += at(k, room);
  return out;
}

void token_text::shorten(std::size_t count) {
  if (count >= size()) return;
  count_ = count;
  if (letter_) return;
  ends_.resize(count);
  text_.resize(count == 0 ? 0 : ends_.back());
}

bool token_text::stop_before(const std::vector<std::string>& stops) {
  if (stops.empty()) return false;
  if (letter_) *this = words(all());
  std::size_t earliest = std::string::npos;
  for (const auto& stop : stops)
    if (!stop.empty()) earliest = std::min(earliest, text_.find(stop));
  if (earliest == std::string::npos) return false;
  text_.resize(earliest);
  while (!ends_.empty() && (ends_.size() > 1 ? ends_[ends_.size() - 2] : 0) >= earliest) ends_.pop_back();
  if (!ends_.empty()) ends_.back() = static_cast<std::uint32_t>(earliest);
  return true;
}

answer_plan plan_answer(const asked& request, const asked_prompt& prompt, int tokens) {
  answer_plan plan;
  plan.prompt_tokens = prompt.tokens;
  if (request.may_reason && prompt.last_text.find("think") != std::string::npos)
    plan.reasoning = token_text::counted(reasoning_tokens, 'r');
  plan.tool = chosen_tool(request, prompt);
  if (!plan.tool.empty()) {
    plan.finish = "tool_calls";
    return plan;
  }
  plan.content = content_of(request, prompt, tokens);
  if (request.token_limit && static_cast<std::size_t>(*request.token_limit) < plan.content.size()) {
    plan.content.shorten(static_cast<std::size_t>(*request.token_limit));
    plan.finish = "length";
  }
  if (plan.content.stop_before(request.stops)) plan.finish = "stop";
  return plan;
}

}  // namespace edgemesh::mock
