#include "settings/text_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace edgemesh::settings {

result<std::string> read_text_file(const std::filesystem::path& path, std::size_t bytes_max) {
  const auto failed = [&](const std::string& why) { return error{"cannot read " + path.string() + ": " + why}; };
  std::error_code ec;
  if (std::filesystem::is_directory(path, ec)) return failed("it is a directory");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return failed(errno != 0 ? std::strerror(errno) : "it cannot be opened");
  std::string out(bytes_max + 1, '\0');
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (file.bad()) return failed("input error");
  out.resize(static_cast<std::size_t>(file.gcount()));
  if (out.size() > bytes_max) return failed("it is larger than " + std::to_string(bytes_max) + " bytes");
  return out;
}

std::uint64_t digest_of(std::string_view bytes, std::uint64_t seed) noexcept {
  for (const char c : bytes) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return seed;
}

}  // namespace edgemesh::settings
