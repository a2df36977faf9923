#include "platform/mapped_file.hpp"

#include <algorithm>
#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <cerrno>
#include <fstream>
#include <string>

#include "platform/lost_pages.hpp"

#if !defined(_WIN32)
#include <sys/mman.h>
#endif

namespace edgemesh::platform {

namespace {

namespace fs = std::filesystem;
namespace ipc = boost::interprocess;

std::error_code last_error() { return {errno, std::generic_category()}; }

bool fill(const fs::path& path, std::size_t size) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  const std::string zeros(std::size_t{64} << 10, '\0');
  for (std::size_t left = size; left != 0 && out; left -= std::min(left, zeros.size())) out.write(zeros.data(), static_cast<std::streamsize>(std::min(left, zeros.size())));
  out.close();
  return !out.fail();
}

/// Complete under its name, or absent.
std::error_code make(const fs::path& path, std::size_t size) {
  const fs::path draft = path.string() + ".new";
  std::error_code failure;
  errno = 0;
  if (!fill(draft, size)) failure = errno != 0 ? last_error() : std::make_error_code(std::errc::io_error);
  if (!failure) fs::permissions(draft, fs::perms::owner_read | fs::perms::owner_write, failure);
  if (!failure) fs::rename(draft, path, failure);
  std::error_code ignored;
  if (failure) fs::remove(draft, ignored);
  return failure;
}

class mapping final : public mapped_file {
 public:
  explicit mapping(fs::path path)
      : path_(std::move(path)), file_(path_.string().c_str(), ipc::read_write), region_(file_, ipc::read_write), lost_(bytes()) {}
  std::span<char> bytes() noexcept override { return {static_cast<char*>(region_.get_address()), region_.get_size()}; }
  bool prepare(std::size_t offset, std::size_t length) noexcept override;
  bool is_broken() const noexcept override { return lost_.any(); }
  bool mend() noexcept override;

 private:
  fs::path path_;
  ipc::file_mapping file_;
  ipc::mapped_region region_;
  lost_pages lost_;
};

#if defined(MADV_POPULATE_WRITE)

/// A kernel before Linux 5.14 does not know how: then a store finds out by itself.
bool mapping::prepare(std::size_t offset, std::size_t length) noexcept {
  const std::size_t page = ipc::mapped_region::get_page_size(), from = offset / page * page;
  return madvise(bytes().data() + from, offset + length - from, MADV_POPULATE_WRITE) == 0 || errno == EINVAL;
}

#else

bool mapping::prepare(std::size_t, std::size_t) noexcept { return true; }

#endif

#if !defined(_WIN32)

/// A file that was cut gets its size and its room back, with zeros in the place of what is gone.
bool mapping::mend() noexcept {
  std::error_code failure;
  const auto whole = bytes();
  const int file = file_.get_mapping_handle().handle;
  if (fs::file_size(path_, failure) < whole.size()) fs::resize_file(path_, whole.size(), failure);
  if (failure || mmap(whole.data(), whole.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED) return false;
  if (!prepare(0, whole.size())) return false;
  lost_.forget();
  return true;
}

#else

bool mapping::mend() noexcept { return false; }

#endif

}  // namespace

std::unique_ptr<mapped_file> open_mapped_file(const fs::path& path, std::size_t size, std::error_code& failure) {
  failure.clear();
  std::error_code unknown;
  if (fs::file_size(path, unknown) != size || unknown) failure = make(path, size);
  if (failure) return nullptr;
  try {
    return std::make_unique<mapping>(path);
  } catch (const ipc::interprocess_exception& e) {
    failure = {e.get_native_error() != 0 ? e.get_native_error() : EIO, std::system_category()};
    return nullptr;
  }
}

}  // namespace edgemesh::platform
