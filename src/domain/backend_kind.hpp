// The dialects that backends speak. `automatic` exists in configuration only and is resolved by recognition.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace edgemesh {

enum class backend_kind : std::uint8_t { automatic, openai, llamacpp, vllm, ollama, cognis };

constexpr std::string_view name_of(backend_kind k) noexcept {
  switch (k) {
    case backend_kind::automatic: return "auto";
    case backend_kind::openai: return "openai";
    case backend_kind::llamacpp: return "llamacpp";
    case backend_kind::vllm: return "vllm";
    case backend_kind::ollama: return "ollama";
    case backend_kind::cognis: return "cognis";
  }
  return "?";
}
constexpr std::optional<backend_kind> backend_kind_from(std::string_view name) noexcept {
  for (auto k : {backend_kind::automatic, backend_kind::openai, backend_kind::llamacpp, backend_kind::vllm,
                 backend_kind::ollama, backend_kind::cognis})
    if (name_of(k) == name) return k;
  return std::nullopt;
}

}  // namespace edgemesh
