#include "cli/text_table.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "cli/terminal.hpp"

namespace edgemesh::cli {
namespace {

/// Code points, which is near enough to columns for names and numbers.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

void text_table::add(std::vector<std::string> cells) {
  EDGEMESH_CHECK(cells.size() == rows_.front().size());
  for (auto& c : cells) c = c.empty() ? "-" : printable(c);
  rows_.push_back(std::move(cells));
}

std::string text_table::to_string() const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width(row[i]) + 2, ' ');
    }
    out += line + "\n";
  }
  return out;
}

}  // namespace edgemesh::cli
