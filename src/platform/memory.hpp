// How much memory the machine has and this process uses. Any thread; each call reads the system.
#pragma once
#include <cstdint>

namespace edgemesh::platform {

/// Of the machine, or of this process's control group where that allows less. At least 64 MiB.
std::uint64_t machine_memory_bytes() noexcept;
/// Resident now; 0 where the system does not say.
std::uint64_t resident_memory_bytes() noexcept;

}  // namespace edgemesh::platform
