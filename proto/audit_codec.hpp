// Audit entries as they are stored: a byte that says the version, then one msgpack map. Pure.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "domain/audit.hpp"

namespace edgemesh::proto {

inline constexpr char audit_version = 1;
inline constexpr std::size_t audit_details_max = 16;
inline constexpr std::size_t audit_text_max = 512;

/// The number is the entry's key and not part of it. Texts over audit_text_max are cut, details after audit_details_max left out.
std::string write_audit(const audit_entry& entry);
result<audit_entry> read_audit(std::string_view bytes);

}  // namespace edgemesh::proto
