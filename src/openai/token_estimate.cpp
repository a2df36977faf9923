#include "openai/token_estimate.hpp"

namespace edgemesh::openai {
namespace {

constexpr std::int64_t tokens_per_message = 4;   // role and separators of a chat template
constexpr std::int64_t tokens_per_tool = 16;     // what a template writes around a declaration
constexpr std::int64_t tokens_per_image = 512;   // engines take 85 to some 2000, by size; unknown before decoding

bool is_media(json::value part) noexcept {
  for (const json::member& m : part.members())
    if (m.key.equals("image_url") || m.key.equals("input_image") || m.key.equals("video_url") || m.key.equals("input_audio") ||
        m.key.equals("audio_url") || m.key.equals("file"))
      return true;
  return false;
}

std::int64_t content_tokens(json::value content) noexcept {
  std::size_t bytes = content.text_bytes();
  std::int64_t media = 0;
  for (const json::value part : content.elements()) {
    bytes += part["text"].text_bytes();
    if (is_media(part)) ++media;
  }
  return estimate_tokens(bytes) + media * tokens_per_image;
}

std::int64_t message_tokens(json::value message) noexcept {
  std::int64_t tokens = tokens_per_message;
  for (const json::member& m : message.members()) {
    if (m.key.equals("content")) tokens += content_tokens(m.val);
    if (m.key.equals("tool_calls")) tokens += estimate_tokens(m.val.raw().size());
  }
  return tokens;
}

std::int64_t tool_tokens(json::value tools) noexcept {
  std::int64_t tokens = 0;
  for (const json::value tool : tools.elements()) tokens += tokens_per_tool + estimate_tokens(tool.raw().size());
  return tokens;
}

/// A string, strings, token numbers, or arrays of them.
std::int64_t input_tokens(json::value input) noexcept {
  std::int64_t tokens = estimate_tokens(input.text_bytes());
  for (const json::value item : input.elements()) {
    if (item.type() == json::kind::number) ++tokens;
    else if (item.type() == json::kind::array) tokens += static_cast<std::int64_t>(item.size());
    else tokens += estimate_tokens(item.text_bytes());
  }
  return tokens;
}

}  // namespace

std::int64_t estimate_prompt_tokens(endpoint kind, const deciding_members& request) noexcept {
  if (kind == endpoint::completions) return input_tokens(request.prompt);
  if (kind == endpoint::embeddings) return input_tokens(request.input);
  std::int64_t tokens = tool_tokens(request.tools) + tool_tokens(request.functions);
  for (const json::value message : request.messages.elements()) tokens += message_tokens(message);
  return tokens;
}

std::int64_t estimate_tokens(std::size_t text_bytes) noexcept { return static_cast<std::int64_t>((text_bytes + 3) / 4); }

}  // namespace edgemesh::openai
