#include "tests/sim/table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <iostream>

namespace edgemesh::sim {

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const auto at = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(at, 1, values.size()) - 1];
}

std::string text(double value, int digits) {
  char out[64];
  const auto end = std::to_chars(out, out + sizeof out, value, std::chars_format::fixed, digits).ptr;
  return {out, end};
}

int print_table(const table_options& options) {
  std::vector<measurement> all;
  for (auto* rows : {detection_rows, traffic_rows, recovery_rows, record_rows})
    for (auto& m : rows()) all.push_back(std::move(m));
  std::cout << "| ID | metric | target | measured | volume | met | CPU s |\n|---|---|---|---|---|---|---|\n";
  bool is_met = true;
  for (const auto& m : all) {
    if (!options.only.empty() && options.only != m.id) continue;
    const auto begin = std::clock();
    const row r = m.take(options);
    is_met = is_met && r.is_met;
    const auto took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    std::cout << "| " << r.id << " | " << r.metric << " | " << r.target << " | " << r.measured << " | " << r.volume << " | "
              << (r.is_met ? "yes" : "no") << " | " << text(took, 1) << " |\n" << std::flush;
  }
  return is_met ? 0 : 1;
}

}  // namespace edgemesh::sim
