// Reads single metrics out of a Prometheus text page (format 0.0.4). Strict: a name matches as a whole, lines that are
// not samples and values that are not finite are skipped. Bounded: 100,000 lines of 16 KiB each. Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace edgemesh::dialects {

/// One metric over all its label sets (a vLLM with several engines has one series per engine).
struct metric_series {
  double sum = 0;
  double max = 0;
  std::size_t count = 0;  ///< label sets; never 0 in an answer of read_metric()
};

/// nullopt when the page has no finite sample of exactly this name.
std::optional<metric_series> read_metric(std::string_view page, std::string_view name) noexcept;

}  // namespace edgemesh::dialects
