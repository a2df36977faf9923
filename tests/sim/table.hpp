// The measurements behind the table of the mesh's targets: each row with what was measured, the volume that it stands on and the
// seeds. Printed as Markdown. One thread.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace edgemesh::sim {

struct table_options {
  bool is_long = false;
  std::string only;     ///< one row, such as "M3"; "": all
  std::optional<std::uint64_t> seed;  ///< M7: this one alone
  std::optional<int> restarts;        ///< M7: so many with each seed
};

struct row {
  std::string id, metric, target, measured, volume;
  bool is_met = false;
};

/// What a row is measured by; there may be several with one id.
struct measurement {
  std::string id;
  std::function<row(const table_options&)> take;
};
std::vector<measurement> detection_rows();   ///< M2, M3, M4, and C, which real processes are compared with
std::vector<measurement> traffic_rows();     ///< M6, M8, M11
std::vector<measurement> recovery_rows();    ///< M7, M9, M10 of membership, and agreement after random faults
std::vector<measurement> record_rows();      ///< M5, M6, M9, M10 with replicated records

/// The exit status: 0 when every row meets its target.
int print_table(const table_options& options);

/// Of values in any order, 0 < share <= 1.
double quantile(std::vector<double> values, double share);
std::string text(double value, int digits);

}  // namespace edgemesh::sim
