// Rows of text under column heads, aligned. Cells pass printable() when added. Pure.
#pragma once
#include <string>
#include <vector>

namespace edgemesh::cli {

class text_table {
 public:
  explicit text_table(std::vector<std::string> heads) : rows_{std::move(heads)} {}
  /// As many cells as heads; an empty one is shown as "-".
  void add(std::vector<std::string> cells);
  bool empty() const noexcept { return rows_.size() == 1; }
  std::string to_string() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace edgemesh::cli
