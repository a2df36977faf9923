// The node's JSON answers as text for people. What is missing is shown as "-"; text from the network is made printable. Pure.
#pragma once
#include <string>

#include "json/value.hpp"

namespace edgemesh::cli {

std::string status_view(json::value status);
std::string models_view(json::value list);
std::string backends_view(json::value list);
std::string sessions_view(json::value list);
std::string requests_view(json::value list);
std::string explain_view(json::value decision);
/// Any object as indented "key: value" lines; lists of scalars on one line.
std::string members_view(json::value object, int indent = 0);

/// A scalar as text: strings unescaped, null and absent as "".
std::string scalar_text(json::value v);
/// "0.4s", "75s", "3h20m"; "" when it is no number.
std::string seconds_text(json::value v);
/// "0.3ms", "250ms"; "" when it is no number.
std::string milliseconds_text(json::value v);
/// A list of scalars as "a, b"; `most` entries, then "and N more".
std::string joined(json::value list, std::size_t most = 6);

}  // namespace edgemesh::cli
