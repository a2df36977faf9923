// What a serving process asks of the system at its start. Main thread.
#pragma once

namespace edgemesh::platform {

/// Raises the soft limit of open files to the hard one; each connection takes one or two.
void raise_descriptor_limit() noexcept;
/// No core dumps: memory holds prompts and credentials.
void forbid_core_dumps() noexcept;
/// Writing to a closed pipe is an error, not the end of the process.
void ignore_broken_pipes() noexcept;
/// Ends the process at once, without destructors.
[[noreturn]] void exit_now(int code) noexcept;

}  // namespace edgemesh::platform
