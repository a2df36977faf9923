#include "store/audit_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace edgemesh::store {

result<void> append_lines(const std::filesystem::path& file, std::string_view lines) {
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(file, ignored);
  std::ofstream out(file, std::ios::app | std::ios::binary);
  if (is_new && out) {
    using std::filesystem::perms;
    std::filesystem::permissions(file, perms::owner_read | perms::owner_write, ignored);
  }
  out.write(lines.data(), static_cast<std::streamsize>(lines.size()));
  out.close();
  if (!out) return error{"cannot write " + file.string() + ": " + std::strerror(errno)};
  return {};
}

}  // namespace edgemesh::store
