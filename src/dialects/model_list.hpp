// The answer of GET /v1/models as offers (backends.md A.11, C.2, D.1, E.2). Names come from another machine: they are
// checked and bounded here. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/model_offer.hpp"
#include "json/value.hpp"

namespace edgemesh::dialects {

inline constexpr std::size_t listed_models_max = 4096;
inline constexpr std::size_t model_id_bytes_max = 256;

/// 1..256 bytes without control characters (C0, DEL, C1). `id` is valid UTF-8.
bool is_acceptable_model_id(std::string_view id) noexcept;
/// Letters, digits and ".-_+" of `text`, 64 characters at most.
std::string clean_version(std::string_view text);

enum class model_list_style : std::uint8_t {
  plain,
  llamacpp,  ///< `aliases` are offers too; an id that is a file gets the file's name without folder and .gguf as name
};

/// nullopt when `root` is no model list. Cards with an unacceptable id are left out, also a second one of the same
/// name; at most 4096 are taken. A card with `parent` (a LoRA) without a context length has that of its parent.
std::optional<std::vector<model_offer>> read_model_list(json::value root, model_list_style style = model_list_style::plain);

}  // namespace edgemesh::dialects
