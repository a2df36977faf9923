// Embeddings between float arrays and base64 of little-endian IEEE float32 (backends.md A.10). Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "json/value.hpp"

namespace edgemesh::openai {

/// A JSON array of numbers as a base64 text (no quotes). nullopt when it is no array of numbers that fit a float.
std::optional<std::string> floats_to_base64(json::value floats);
/// A base64 text as a raw JSON array of shortest round-trip floats. nullopt when malformed
/// or when a float is no number or infinite.
std::optional<std::string> base64_to_floats(std::string_view base64);

}  // namespace edgemesh::openai
