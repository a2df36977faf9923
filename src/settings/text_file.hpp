// A small file read whole: configuration, keys, certificates. Blocks for as long as the disk does.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace edgemesh::settings {

/// The error is "cannot read <path>: <reason>". Larger than `bytes_max` is an error.
result<std::string> read_text_file(const std::filesystem::path& path, std::size_t bytes_max);

/// 64-bit FNV-1a, to notice that a file's content changed.
std::uint64_t digest_of(std::string_view bytes, std::uint64_t seed = 0xcbf29ce484222325ull) noexcept;

}  // namespace edgemesh::settings
