// What Ollama says about one model, in /api/tags and /api/show (backends.md B.5, B.7), as an offer. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "domain/model_offer.hpp"
#include "json/value.hpp"

namespace edgemesh::dialects {

/// `:cloud` and `-cloud` tags: the model runs on somebody else's machine. The tag stands behind the last ':' that
/// follows the last '/'; case does not matter.
bool is_cloud_name(std::string_view name) noexcept;

/// An entry of /api/tags. nullopt when its name is not acceptable (dialects/model_list.hpp).
std::optional<model_offer> offer_of_tag(json::value entry);

/// Sets context length and capabilities from a reply of /api/show. A `num_ctx` among the model's parameters is what it
/// is loaded with, so it wins over what the model was trained for. Also reads an entry of /api/tags of newer servers.
void describe_ollama_model(model_offer& offer, json::value reply);

/// RFC 3339 as Unix seconds; 0 when malformed.
std::int64_t unix_seconds(std::string_view rfc3339) noexcept;

}  // namespace edgemesh::dialects
