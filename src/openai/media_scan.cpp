#include "openai/media_scan.hpp"

#include <string>

#include "base/ascii.hpp"
#include "base/base64.hpp"

namespace edgemesh::openai {
namespace {

bool starts_with_word(std::string_view text, std::string_view lower_word) noexcept {
  return ascii::iequals(text.substr(0, lower_word.size()), lower_word);
}

bool is_sound_data_url(std::string_view url) noexcept {
  const auto comma = url.find(',');
  if (comma == std::string_view::npos) return false;
  std::string_view head = url.substr(0, comma);
  const std::string_view payload = url.substr(comma + 1);
  bool is_base64 = false;
  for (auto semicolon = head.find(';'); semicolon != std::string_view::npos; semicolon = head.find(';')) {
    head.remove_prefix(semicolon + 1);
    if (ascii::iequals(ascii::trim(head.substr(0, head.find(';'))), "base64")) is_base64 = true;
  }
  return !is_base64 || (!payload.empty() && base64::valid(payload));
}

/// "scheme://…" or "file:…", after blanks that URL parsers skip.
bool names_a_scheme(std::string_view text) noexcept {
  text = ascii::trim(text.substr(0, 64));
  if (starts_with_word(text, "file:")) return true;
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  for (const char c : text.substr(0, colon))
    if (!ascii::is_alnum(c) && c != '+' && c != '-' && c != '.') return false;
  return true;
}

bool holds_url(std::string_view key) noexcept {
  if (key.size() < 3) return false;
  const std::string_view tail = key.substr(key.size() - 3);
  return ascii::iequals(tail, "url") || ascii::iequals(tail, "uri");
}

/// What is read by a model and fetched by nobody.
bool holds_text(std::string_view key) noexcept {
  for (const std::string_view name : {"text", "refusal", "thinking", "reasoning", "content", "title", "name", "arguments"})
    if (key == name) return true;
  return false;
}

bool scan_string(std::string_view key, json::value string, media_facts& facts) {
  const std::string_view raw = string.raw();
  std::string_view text = raw.substr(1, raw.size() - 2);
  std::string copy;  // only what is escaped is copied: inline media is large
  if (text.find('\\') != std::string_view::npos) text = copy = *string.text();
  if (starts_with_word(text, "data:")) return is_sound_data_url(text);
  if (holds_url(key) ? !text.empty() : names_a_scheme(text)) facts.remote = true;
  return true;
}

void note_kind(std::string_view name, media_facts& facts) noexcept {
  if (ascii::icontains(name, "image") || ascii::icontains(name, "video")) facts.images = true;
  if (ascii::icontains(name, "audio")) facts.audio = true;
}

bool scan(std::string_view key, json::value v, media_facts& facts) {
  if (v.type() == json::kind::string) return holds_text(key) || scan_string(key, v, facts);
  for (const json::member& m : v.members()) {
    const std::string name = *m.key.text();
    // A part tells its kind by its type, and members are named after it.
    if (name == "type" && m.val.type() == json::kind::string) note_kind(*m.val.text(), facts);
    else note_kind(name, facts);
    if (!scan(name, m.val, facts)) return false;
  }
  for (const json::value item : v.elements())
    if (!scan(key, item, facts)) return false;
  return true;
}

}  // namespace

bool scan_media(json::value part, media_facts& facts) { return scan({}, part, facts); }

}  // namespace edgemesh::openai
