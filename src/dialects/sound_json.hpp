// Upstream text that is JSON but for its characters, made sound. Pure.
#pragma once
#include <string>
#include <string_view>

namespace edgemesh::dialects {

/// Invalid UTF-8 and lone surrogate escapes become U+FFFD. Linear; the result still has to pass json::validate().
std::string sound_json(std::string_view text);

}  // namespace edgemesh::dialects
