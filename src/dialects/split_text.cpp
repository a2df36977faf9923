#include "dialects/split_text.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "dialects/sound_json.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"

namespace edgemesh::dialects {
namespace {

constexpr std::size_t stumps_max = 128;

bool is_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Position of the quote that ends the string whose text begins at `at`; the text's size when there is none.
std::size_t string_end(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at, text.size());
}

/// Index of the first choice of an event that passes as JSON.
std::int64_t choice_of(std::string_view event) {
  for (json::value choice : json::value::first_in(event)["choices"].elements()) return choice["index"].integer().value_or(0);
  return 0;
}

}  // namespace

std::string split_text::take(std::int64_t choice) {
  const auto at = std::find_if(stumps_.begin(), stumps_.end(), [choice](const auto& s) { return s.first == choice; });
  if (at == stumps_.end()) return {};
  std::string stump = std::move(at->second);
  stumps_.erase(at);
  return stump;
}

void split_text::passed(std::string_view event) { take(choice_of(event)); }

std::string split_text::joined(std::string_view event) {
  const std::string sound = sound_json(event);
  if (json::validate(sound)) return std::string(event);
  const std::int64_t choice = choice_of(sound);
  const std::string before = take(choice);
  std::string out, after;
  for (std::size_t at = 0; at < event.size();) {
    const std::size_t open = std::min(event.find('"', at), event.size() - 1);
    const std::size_t end = string_end(event, open + 1);
    const std::string_view inside = event.substr(open + 1, end - open - 1);
    out.append(event.substr(at, open + 1 - at));
    std::string text = !inside.empty() && is_continuation(inside.front()) ? before : std::string();
    text += inside;
    const std::size_t whole = utf8::complete_prefix(text);
    if (whole < text.size()) after = text.substr(whole);
    out.append(text, 0, whole);
    if (end < event.size()) out += '"';
    at = end + 1;
  }
  if (!after.empty() && stumps_.size() < stumps_max) stumps_.emplace_back(choice, std::move(after));
  return out;
}

}  // namespace edgemesh::dialects
