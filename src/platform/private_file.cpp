#include "platform/private_file.hpp"

#include <cerrno>
#include <cstdio>

#if defined(_WIN32)
#include <filesystem>
#include <fstream>
#include <iterator>
#else
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace edgemesh::platform {

#if defined(_WIN32)

// A file in the user's profile inherits access for that user; Windows has no mode bits to ask for.
private_file_read read_private_file(const std::string& path, std::size_t bytes_max) {
  std::error_code ec;
  const auto size = std::filesystem::file_size(path, ec);
  if (ec) return {std::filesystem::exists(path) ? private_file_state::failed : private_file_state::missing, {}, ec};
  if (size > bytes_max) return {private_file_state::too_large, {}, {}};
  std::ifstream in(path, std::ios::binary);
  return {private_file_state::good, std::string(std::istreambuf_iterator<char>(in), {}), {}};
}

bool everybody_may_read(const std::string&) { return false; }

private_file_made create_private_file(const std::string& path, std::string_view bytes) {
  if (std::filesystem::exists(path)) return {private_file_state::exists, {}};
  const auto draft = path + ".new";
  std::ofstream out(draft, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) return {private_file_state::failed, std::make_error_code(std::errc::io_error)};
  std::error_code ec;
  std::filesystem::rename(draft, path, ec);
  return {ec ? private_file_state::failed : private_file_state::good, ec};
}

private_file_made replace_private_file(const std::string& next, const std::string& path) {
  std::error_code ec;
  std::filesystem::rename(next, path, ec);
  return {ec ? private_file_state::failed : private_file_state::good, ec};
}

#else

namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

/// Closes what it holds.
struct open_file {
  int fd;
  ~open_file() {
    if (fd >= 0) ::close(fd);
  }
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(fd) == 0;
}

/// The name itself must be on disk too.
bool sync_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const open_file at{::open(folder.c_str(), O_RDONLY | O_CLOEXEC)};
  return at.fd >= 0 && (::fsync(at.fd) == 0 || errno == EINVAL);  // EINVAL: a file system without it
}

}  // namespace

bool everybody_may_read(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && (about.st_mode & S_IROTH) != 0;
}

private_file_read read_private_file(const std::string& path, std::size_t bytes_max) {
  // Without O_NONBLOCK a pipe under this name would hold the process.
  const open_file file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return {errno == ENOENT ? private_file_state::missing : private_file_state::failed, {}, last_error()};
  struct stat about {};
  if (::fstat(file.fd, &about) != 0) return {private_file_state::failed, {}, last_error()};
  if (!S_ISREG(about.st_mode)) return {private_file_state::not_a_file, {}, {}};
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) return {private_file_state::exposed, {}, {}};
  std::string bytes(bytes_max + 1, '\0');
  std::size_t used = 0;
  while (used < bytes.size()) {
    const auto n = ::read(file.fd, bytes.data() + used, bytes.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return {private_file_state::failed, {}, last_error()};
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
  }
  if (used > bytes_max) return {private_file_state::too_large, {}, {}};
  bytes.resize(used);
  return {private_file_state::good, std::move(bytes), {}};
}

private_file_made create_private_file(const std::string& path, std::string_view bytes) {
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());  // of a process that died in here
  {
    const open_file file{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)};
    if (file.fd < 0) return {private_file_state::failed, last_error()};
    if (!write_all(file.fd, bytes)) {
      const auto reason = last_error();
      ::unlink(draft.c_str());
      return {private_file_state::failed, reason};
    }
  }
  // link() and not rename(): it never replaces a file.
  const bool linked = ::link(draft.c_str(), path.c_str()) == 0;
  const auto reason = last_error();
  ::unlink(draft.c_str());
  if (!linked) return {reason.value() == EEXIST ? private_file_state::exists : private_file_state::failed, reason};
  if (!sync_folder_of(path)) return {private_file_state::failed, last_error()};
  return {private_file_state::good, {}};
}

private_file_made replace_private_file(const std::string& next, const std::string& path) {
  if (::rename(next.c_str(), path.c_str()) != 0) return {errno == ENOENT ? private_file_state::missing : private_file_state::failed, last_error()};
  if (!sync_folder_of(path)) return {private_file_state::failed, last_error()};
  return {private_file_state::good, {}};
}

#endif

}  // namespace edgemesh::platform
