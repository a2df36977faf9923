// What a model on a backend is known to do. Each capability is yes, no or unknown; unknown does not
// refuse a request (most servers say nothing), a known no does.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgemesh {

enum class capability : std::uint8_t { chat, completions, embeddings, tools, vision, audio, reasoning, json_schema, logprobs };
inline constexpr int capability_count = 9;

constexpr std::string_view name_of(capability c) noexcept {
  constexpr std::string_view names[] = {"chat", "completions", "embeddings", "tools", "vision", "audio", "reasoning", "json_schema", "logprobs"};
  return names[static_cast<int>(c)];
}
constexpr std::optional<capability> capability_from(std::string_view name) noexcept {
  for (int i = 0; i < capability_count; ++i)
    if (name_of(static_cast<capability>(i)) == name) return static_cast<capability>(i);
  return std::nullopt;
}

class capability_set {
 public:
  constexpr capability_set() = default;
  constexpr capability_set(std::initializer_list<capability> yes) {
    for (auto c : yes) set(c, true);
  }
  constexpr void set(capability c, bool value) {
    (value ? yes_ : no_) |= bit(c);
    (value ? no_ : yes_) &= static_cast<std::uint16_t>(~bit(c));
  }
  constexpr bool has(capability c) const { return (yes_ & bit(c)) != 0; }
  constexpr bool lacks(capability c) const { return (no_ & bit(c)) != 0; }
  constexpr bool empty() const { return yes_ == 0 && no_ == 0; }
  constexpr friend bool operator==(capability_set, capability_set) = default;
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> out;
    for (int i = 0; i < capability_count; ++i)
      if (has(static_cast<capability>(i))) out.push_back(name_of(static_cast<capability>(i)));
    return out;
  }

 private:
  static constexpr std::uint16_t bit(capability c) { return static_cast<std::uint16_t>(1u << static_cast<int>(c)); }
  std::uint16_t yes_ = 0, no_ = 0;
};

}  // namespace edgemesh
