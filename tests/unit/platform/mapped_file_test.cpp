#include "platform/mapped_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

namespace edgemesh::platform {
namespace {

namespace fs = std::filesystem;

class MappedFile : public ::testing::Test {
 protected:
  MappedFile() : path_(fs::path(testing::TempDir()) / (std::string("edgemesh-mapped-") + testing::UnitTest::GetInstance()->current_test_info()->name())) { fs::remove_all(path_); }
  ~MappedFile() override { fs::remove_all(path_); }
  std::unique_ptr<mapped_file> open(std::size_t size = 10'000) { return open_mapped_file(path_, size, failure_); }
  std::string on_disk() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path path_;
  std::error_code failure_;
};

TEST_F(MappedFile, WhatIsStoredIsTheFilesAtOnce) {
  auto file = open();
  ASSERT_TRUE(file) << failure_.message();
  ASSERT_EQ(file->bytes().size(), 10'000u);
  EXPECT_TRUE(std::all_of(file->bytes().begin(), file->bytes().end(), [](char c) { return c == 0; }));
  std::ranges::copy(std::string_view("hello"), file->bytes().begin() + 9'000);
  EXPECT_EQ(on_disk().substr(9'000, 5), "hello");
  file.reset();
  file = open();
  ASSERT_TRUE(file);
  EXPECT_EQ(std::string_view(file->bytes().data() + 9'000, 5), "hello");
}

TEST_F(MappedFile, IsItsOwnersAlone) {
  ASSERT_TRUE(open());
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(MappedFile, AnotherSizeBeginsWithZeros) {
  auto file = open();
  file->bytes()[5] = 'x';
  file.reset();
  file = open(20'000);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->bytes().size(), 20'000u);
  EXPECT_EQ(file->bytes()[5], 0);
}

TEST_F(MappedFile, CanBePreparedFromAnyPlace) {
  auto file = open();
  for (const std::size_t at : {0u, 1u, 4095u, 4096u, 9'000u}) EXPECT_TRUE(file->prepare(at, 10'000 - at));
  EXPECT_TRUE(file->prepare(10'000, 0));
}

TEST_F(MappedFile, AFolderThatIsNotThereIsAFailureThatSaysSo) {
  path_ /= "in/none";
  EXPECT_FALSE(open());
  EXPECT_EQ(failure_, std::errc::no_such_file_or_directory);
}

TEST_F(MappedFile, AFileThatIsCutBreaksInsteadOfEndingTheProcessAndCanBeMended) {
  auto file = open(20'000);
  ASSERT_TRUE(file);
  file->bytes()[0] = 'a';
  EXPECT_FALSE(file->is_broken());
  fs::resize_file(path_, 0);
  file->bytes()[0] = 'b';
  file->bytes()[15'000] = 'b';
  EXPECT_TRUE(file->is_broken());
  ASSERT_TRUE(file->mend());
  EXPECT_FALSE(file->is_broken());
  EXPECT_EQ(fs::file_size(path_), 20'000u);
  file->bytes()[15'000] = 'c';
  EXPECT_EQ(on_disk()[15'000], 'c');
  EXPECT_EQ(on_disk()[0], '\0');
}

TEST_F(MappedFile, ACutFileCannotBePrepared) {
  auto file = open(20'000);
  fs::resize_file(path_, 0);
  EXPECT_FALSE(file->prepare(8'192, 4'096));
}

TEST_F(MappedFile, ABusErrorElsewhereStillEndsTheProcess) {
  auto file = open();
  const auto other = path_.string() + ".other";
  std::ofstream(other) << std::string(4096, 'x');
  EXPECT_EXIT(
      {
        const int fd = ::open(other.c_str(), O_RDWR);
        auto* bytes = static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
        fs::resize_file(other, 0);
        bytes[0] = 'y';
        ::_exit(0);
      },
      [](int status) { return WIFSIGNALED(status) || WEXITSTATUS(status) != 0; }, "");  // a sanitizer has a report of its own
  fs::remove(other);
}

TEST_F(MappedFile, AFolderInItsPlaceIsAFailure) {
  fs::create_directory(path_);
  EXPECT_FALSE(open());
  EXPECT_TRUE(failure_);
}

}  // namespace
}  // namespace edgemesh::platform
