// The inference endpoints of the client's API.
#pragma once
#include <cstdint>
#include <string_view>

namespace edgemesh {

enum class endpoint : std::uint8_t { chat, completions, embeddings };

constexpr std::string_view name_of(endpoint e) noexcept {
  switch (e) {
    case endpoint::chat: return "chat";
    case endpoint::completions: return "completions";
    case endpoint::embeddings: return "embeddings";
  }
  return "?";
}
constexpr std::string_view path_of(endpoint e) noexcept {
  switch (e) {
    case endpoint::chat: return "/v1/chat/completions";
    case endpoint::completions: return "/v1/completions";
    case endpoint::embeddings: return "/v1/embeddings";
  }
  return "?";
}

}  // namespace edgemesh
