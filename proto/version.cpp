// In a file of its own, so that a build that plays the next version differs in three files alone (proto/README.md, 8).
#include "proto/limits.hpp"

namespace edgemesh::proto {

#ifdef EDGEMESH_WIRE_NEXT
const std::uint8_t version_max = 2;
#else
const std::uint8_t version_max = 1;
#endif

}  // namespace edgemesh::proto
