// Edits inside `messages` for the passing path: roles, the spelling of reasoning, identities of media parts. Pure.
#pragma once
#include <string_view>

#include "dialects/dialect.hpp"
#include "json/splice.hpp"

namespace edgemesh::dialects {

/// `messages` lies inside `body`; edits are collected in `splice`. Linear in the messages; returns at once when the
/// body holds none of the words that need one.
void edit_messages(backend_kind kind, const request_options& options, std::string_view body, json::value messages,
                   json::splice& splice);

}  // namespace edgemesh::dialects
