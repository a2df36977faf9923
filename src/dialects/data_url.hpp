// `data:` URLs (RFC 2397) with base64 data, as they stand in image parts. Pure.
#pragma once
#include <optional>
#include <string_view>

namespace edgemesh::dialects {

/// True for `data:` in any case, also when the rest is malformed.
bool is_data_url(std::string_view url) noexcept;

/// The base64 text of a data URL: `data:[type][;parameter]*;base64,TEXT`, header in any case. nullopt when it is no
/// data URL, is not base64, or when the text is empty or malformed. A view into `url`.
std::optional<std::string_view> base64_of_data_url(std::string_view url) noexcept;

}  // namespace edgemesh::dialects
