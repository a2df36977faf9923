#include "openai/deciding_members.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/ascii.hpp"

namespace edgemesh::openai {
namespace {

using members = deciding_members;

constexpr std::size_t members_max = 1024;

struct deciding_name {
  std::string_view name;
  json::value members::*slot;
};

constexpr deciding_name deciding[] = {
    {"model", &members::model},
    {"stream", &members::stream},
    {"stream_options", &members::stream_options},
    {"messages", &members::messages},
    {"prompt", &members::prompt},
    {"input", &members::input},
    {"n", &members::n},
    {"max_tokens", &members::max_tokens},
    {"max_completion_tokens", &members::max_completion_tokens},
    {"stop", &members::stop},
    {"tools", &members::tools},
    {"tool_choice", &members::tool_choice},
    {"functions", &members::functions},
    {"function_call", &members::function_call},
    {"response_format", &members::response_format},
    {"encoding_format", &members::encoding_format},
    {"logprobs", &members::logprobs},
    {"store", &members::store},
    {"background", &members::background},
    {"web_search_options", &members::web_search_options},
};

/// Lower case by the rules of Unicode for all characters that fold to ASCII.
std::string folded(std::string_view key) {
  std::string out;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key.substr(i, 2) == "\xC5\xBF") {
      out += 's';
      i += 1;
    } else if (key.substr(i, 3) == "\xE2\x84\xAA") {
      out += 'k';
      i += 2;
    } else {
      out += ascii::lower(key[i]);
    }
  }
  return out;
}

const deciding_name* named(std::string_view name) noexcept {
  const auto* const end = std::end(deciding);
  const auto* const found = std::find_if(std::begin(deciding), end, [name](const deciding_name& d) { return d.name == name; });
  return found == end ? nullptr : found;
}

}  // namespace

api_result<deciding_members> find_deciding_members(json::value root) {
  deciding_members found;
  std::vector<std::string> names;
  names.reserve(16);
  for (const json::member& m : root.members()) {
    if (names.size() == members_max) return bad_request("The body has too many members.");
    const std::string& name = names.emplace_back(*m.key.text());
    if (const deciding_name* const exact = named(name)) {
      if (found.*exact->slot) return bad_request("'" + name + "' is given twice.", name);
      found.*exact->slot = m.val;
    } else if (const deciding_name* const almost = named(folded(name))) {
      const std::string meant(almost->name);
      return bad_request("A member is named like '" + meant + "' but for case: write '" + meant + "'.", meant);
    }
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) return bad_request("A member of the body is given twice.");
  return found;
}

}  // namespace edgemesh::openai
