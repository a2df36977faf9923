#include "settings/fault.hpp"

#include <algorithm>
#include <tuple>

#include "settings/config_tree.hpp"

namespace edgemesh::settings {

std::string fault::to_string() const {
  std::string out = file;
  if (line > 0) out += ":" + std::to_string(line) + ":" + std::to_string(column);
  if (!out.empty()) out += ": ";
  if (!key.empty()) out += key + ": ";
  return out + message;
}

std::vector<fault> fault_list::take() {
  std::sort(faults_.begin(), faults_.end(), [](const fault& a, const fault& b) {
    const bool a_outside = a.file.empty(), b_outside = b.file.empty();
    return std::tie(a_outside, a.line, a.column, a.key) < std::tie(b_outside, b.line, b.column, b.key);
  });
  return std::move(faults_);
}

}  // namespace edgemesh::settings
