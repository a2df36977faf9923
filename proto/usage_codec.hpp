// Usage as it is stored: a byte that says the version, then one msgpack map. Readers of this version read all earlier ones. Pure.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "domain/usage.hpp"

namespace edgemesh::proto {

inline constexpr char usage_version = 1;
inline constexpr std::size_t usage_attempts_max = 32;

/// Of more than usage_attempts_max attempts the last ones: whoever is charged for came last.
std::string write_usage(const usage_record& record);
/// Errors: not one, of a later version, out of bounds.
result<usage_record> read_usage(std::string_view bytes);

std::string write_counts(const usage_counts& counts);
result<usage_counts> read_counts(std::string_view bytes);

}  // namespace edgemesh::proto
