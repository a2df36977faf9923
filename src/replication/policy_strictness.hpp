// Which of two values of a policy's field allows less. A field of which that cannot be said, or whose value is not understood, has no stricter
// one: then the later write holds. Pure.
#pragma once
#include <cstdint>
#include <string_view>

#include "domain/data_class.hpp"

namespace edgemesh::replication {

/// As replication::strictness: > 0 the first, < 0 the second, 0 neither. `classes` ranks data classes; one that it does not know is above all.
int stricter(std::uint8_t field, std::string_view first, std::string_view second, const data_classes& classes);

}  // namespace edgemesh::replication
