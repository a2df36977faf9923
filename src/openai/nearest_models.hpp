// Names near to a misspelled one, for 404 messages. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace edgemesh::openai {

/// At most `count` of `known`, nearest first (edit distance with a bonus for a shared part); far ones are left out.
std::vector<std::string> nearest_models(std::string_view wanted, const std::vector<std::string>& known, std::size_t count = 3);

}  // namespace edgemesh::openai
