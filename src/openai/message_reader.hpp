// Checks the messages of a chat request and notes what media they carry. Inner to reading a request. Pure.
#pragma once
#include <optional>

#include "json/value.hpp"
#include "openai/api_error.hpp"
#include "openai/media_scan.hpp"

namespace edgemesh::openai {

/// nullopt when `messages` is a non-empty array of objects with a known role and content of a known shape.
std::optional<api_error> check_messages(json::value messages, media_facts& facts);

/// Only the media of something that looks like messages, for endpoints that do not read them but whose backends may.
std::optional<api_error> check_message_media(json::value messages, media_facts& facts);

}  // namespace edgemesh::openai
