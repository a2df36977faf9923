#include "openai/message_reader.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.hpp"

namespace edgemesh::openai {
namespace {

using json::kind;
using json::value;

constexpr std::array<std::string_view, 6> roles = {"developer", "system", "user", "assistant", "tool", "function"};

std::string path(std::size_t message, std::string_view member) {
  return "messages[" + std::to_string(message) + "]" + std::string(member);
}

bool is_known_role(value role) noexcept {
  return std::any_of(roles.begin(), roles.end(), [role](std::string_view known) { return role.equals(known); });
}

std::optional<api_error> broken_data_url(std::string param) {
  return bad_request("A data: URL is malformed: it needs a comma, and valid base64 behind ';base64,'.", std::move(param));
}

std::optional<api_error> check_parts(value parts, std::size_t message, media_facts& facts) {
  std::size_t index = 0;
  for (const value part : parts.elements()) {
    const auto name = [&] { return path(message, ".content[" + std::to_string(index) + "]"); };
    if (part.type() != kind::object) return bad_request("A content part must be an object.", name());
    if (part["type"].type() != kind::string) return bad_request("A content part needs a 'type' that is a string.", name() + ".type");
    if (const value text = part["text"]; part["type"].equals("text") && text.type() != kind::string)
      return bad_request("A text part needs a 'text' that is a string.", name() + ".text");
    if (!scan_media(part, facts)) return broken_data_url(name());
    ++index;
  }
  return std::nullopt;
}

/// Members beside `content` where some engines look for media; "Content" is the same to readers that ignore case.
bool may_hold_media(value key) {
  const std::string name = *key.text();
  if (ascii::iequals(name, "content")) return true;
  for (const std::string_view word : {"image", "video", "audio", "media", "file", "attachment"})
    if (ascii::icontains(name, word)) return true;
  return false;
}

std::optional<api_error> check_message(value message, std::size_t index, media_facts& facts) {
  value role, content;
  for (const json::member& m : message.members()) {
    // Engines differ in which of two members of one name they take.
    if (m.key.equals("role")) {
      if (role) return bad_request("A message has 'role' twice.", path(index, ".role"));
      role = m.val;
    } else if (m.key.equals("content")) {
      if (content) return bad_request("A message has 'content' twice.", path(index, ".content"));
      content = m.val;
    } else if (may_hold_media(m.key) && !scan_media(m.val, facts)) {
      return broken_data_url(path(index, ""));
    }
  }
  if (role.type() != kind::string) return bad_request("A message needs a 'role' that is a string.", path(index, ".role"));
  if (!is_known_role(role))
    return bad_request("The role of a message must be one of developer, system, user, assistant, tool, function.", path(index, ".role"));
  switch (content.type()) {
    case kind::none:
    case kind::null:
    case kind::string: return std::nullopt;
    case kind::array: return check_parts(content, index, facts);
    default: return bad_request("The content of a message must be a string, an array of parts or null.", path(index, ".content"));
  }
}

}  // namespace

std::optional<api_error> check_messages(value messages, media_facts& facts) {
  if (messages.absent_or_null()) return bad_request("'messages' is required.", "messages");
  if (messages.type() != kind::array) return bad_request("'messages' must be an array.", "messages");
  std::size_t index = 0;
  for (const value message : messages.elements()) {
    if (message.type() != kind::object) return bad_request("A message must be an object.", path(index, ""));
    if (auto error = check_message(message, index, facts)) return error;
    ++index;
  }
  if (index == 0) return bad_request("'messages' must not be empty.", "messages");
  return std::nullopt;
}

std::optional<api_error> check_message_media(value messages, media_facts& facts) {
  std::size_t index = 0;
  for (const value message : messages.elements()) {
    for (const json::member& m : message.members()) {
      const bool is_text = m.key.equals("content") && m.val.type() == kind::string;
      if (!is_text && may_hold_media(m.key) && !scan_media(m.val, facts)) return broken_data_url(path(index, ""));
    }
    ++index;
  }
  return std::nullopt;
}

}  // namespace edgemesh::openai
