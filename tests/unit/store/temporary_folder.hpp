// A folder of its own for one test, removed at the end. A test that runs again in a child process (a death test) gets the same one.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace edgemesh::store {

class temporary_folder {
 public:
  temporary_folder() {
    constexpr const char* variable = "EDGEMESH_STORE_TEST_FOLDER";
    if (const char* inherited = std::getenv(variable); inherited != nullptr && owner() != getpid()) {
      path_ = inherited;
      return;
    }
    std::string pattern = testing::TempDir() + "/edgemesh-store-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
    owned_ = true;
    setenv(variable, pattern.c_str(), 1);
    setenv("EDGEMESH_STORE_TEST_OWNER", std::to_string(getpid()).c_str(), 1);
  }
  ~temporary_folder() {
    if (owned_) std::filesystem::remove_all(path_);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  static pid_t owner() {
    const char* text = std::getenv("EDGEMESH_STORE_TEST_OWNER");
    return text == nullptr ? 0 : static_cast<pid_t>(std::strtol(text, nullptr, 10));
  }
  std::filesystem::path path_;
  bool owned_ = false;
};

}  // namespace edgemesh::store
