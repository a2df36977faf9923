// The terminal: what is written to it, safely. Text from the network passes printable() first, so that nobody else moves
// the cursor or renames the window. One thread.
#pragma once
#include <string>
#include <string_view>

namespace edgemesh::cli {

void print(std::string_view text);     ///< standard output, as it is
void complain(std::string_view line);  ///< standard error: "edgemesh: <line>\n"
bool output_is_terminal() noexcept;
bool input_is_terminal() noexcept;

/// `text` without control characters (C0, DEL, C1) and without invisible direction marks; invalid UTF-8 becomes U+FFFD. Line
/// breaks and tabs stay with `multi_line`, else they become blanks.
std::string printable(std::string_view text, bool multi_line = false);

}  // namespace edgemesh::cli
