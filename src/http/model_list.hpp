// GET /v1/models and /v1/models/{id}: what all backends offer, one entry per public id, and the virtual models. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "openai/api_error.hpp"
#include "routing/access.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::http {

/// {"object":"list","data":[...]}, sorted by id. Beside OpenAI's fields each entry has context_length (the longest known, or
/// null), capabilities (known ones), loaded (true, false or null), backends, nodes and virtual. The same offers give the same
/// bytes whatever their order: owned_by is the first by name, created the earliest, or a constant where nobody says one.
/// `asker` sees what it may use alone; null sees everything.
std::string model_list_body(const routing::route_table& table, const routing::access* asker = nullptr);

/// One entry. Names match as in requests (Ollama's rule too); 404 model_not_found with the nearest names.
openai::api_result<std::string> model_body(const routing::route_table& table, std::string_view id, const routing::access* asker = nullptr);

/// The id from what follows "/v1/models/" in a path: percent-encoded or with raw slashes. nullopt when empty or malformed.
std::optional<std::string> model_id_from_path(std::string_view rest);

}  // namespace edgemesh::http
