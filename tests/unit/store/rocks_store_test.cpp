#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "store/store.hpp"
#include "temporary_folder.hpp"

namespace edgemesh::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::unique_ptr<store> opened(const fs::path& folder) {
  auto out = open_store(folder);
  if (!out) {
    ADD_FAILURE() << out.error().message;
    std::abort();
  }
  return std::move(*out);
}

std::string message_of_opening(const fs::path& folder) {
  const auto out = open_store(folder);
  return out ? "was opened" : out.error().message;
}

void put(store& into, family where, const std::string& key, const std::string& value, durability how = durability::written) {
  const auto done = into.write({{where, key, value}}, how);
  ASSERT_TRUE(done) << done.error().message;
}

std::string value_of(const store& in, family where, std::string_view key) {
  const auto out = in.get(where, key);
  if (!out) return "error: " + out.error().message;
  return *out ? **out : "(absent)";
}

std::vector<std::string> keys_of(const store& in, family where, std::string_view prefix) {
  std::vector<std::string> out;
  EXPECT_TRUE(in.scan(where, prefix, [&](std::string_view key, std::string_view) {
    out.emplace_back(key);
    return true;
  }));
  return out;
}

/// Files of the folder whose name ends so; at least one, else the test is about nothing.
std::vector<fs::path> files_ending(const fs::path& folder, std::string_view end) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().ends_with(end)) out.push_back(entry.path());
  EXPECT_FALSE(out.empty()) << "no file ends with " << end;
  return out;
}

void flip_bytes(const fs::path& file, std::streamoff at, int count) {
  std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes(static_cast<std::size_t>(count), '\0');
  f.seekg(at);
  f.read(bytes.data(), count);
  for (auto& c : bytes) c = static_cast<char>(~c);
  f.seekp(at);
  f.write(bytes.data(), count);
  ASSERT_TRUE(f.good()) << file;
}

/// Enough entries that they lie in table files, not in the log alone; what is still in memory goes there when it is opened again.
void fill(const fs::path& folder) {
  {
    const auto s = opened(folder);
    for (int round = 0; round < 5; ++round) {
      std::vector<change> batch;
      for (int i = 0; i < 300; ++i) batch.push_back({family::records, std::to_string(round * 1000 + i), std::string(1000, 'v')});
      ASSERT_TRUE(s->write(batch, durability::written));
    }
  }
  opened(folder);
}
constexpr std::uint64_t filled_entries = 1500;

TEST(RocksStore, KeepsWhatWasWrittenOverAReopening) {
  const temporary_folder at;
  {
    const auto s = opened(at.path());
    put(*s, family::node, "a", "1");
    put(*s, family::node, std::string("\0\xff", 2), std::string("\0x", 2), durability::synced);
    put(*s, family::records, "a", "other family");
  }
  const auto s = opened(at.path());
  EXPECT_EQ(value_of(*s, family::node, "a"), "1");
  EXPECT_EQ(value_of(*s, family::node, std::string_view("\0\xff", 2)), std::string("\0x", 2));
  EXPECT_EQ(value_of(*s, family::records, "a"), "other family");
  EXPECT_EQ(value_of(*s, family::records, "b"), "(absent)");
}

TEST(RocksStore, AppliesABatchInItsOrder) {
  const temporary_folder at;
  const auto s = opened(at.path());
  put(*s, family::node, "gone", "x");
  ASSERT_TRUE(s->write({{family::node, "twice", "first"},
                        {family::node, "gone", std::nullopt},
                        {family::records, "r", "v"},
                        {family::node, "twice", "second"}},
                       durability::written));
  EXPECT_EQ(value_of(*s, family::node, "twice"), "second");
  EXPECT_EQ(value_of(*s, family::node, "gone"), "(absent)");
  EXPECT_EQ(value_of(*s, family::records, "r"), "v");
}

TEST(RocksStore, ScansByPrefixInOrderOfBytes) {
  const temporary_folder at;
  const auto s = opened(at.path());
  for (const char* key : {"b", "ab", "a", "a\xff", "a\x01", "c"}) put(*s, family::records, key, "");
  put(*s, family::node, "aa", "of another family");
  EXPECT_THAT(keys_of(*s, family::records, "a"), ElementsAre("a", "a\x01", "ab", "a\xff"));
  EXPECT_THAT(keys_of(*s, family::records, ""), ElementsAre("a", "a\x01", "ab", "a\xff", "b", "c"));
  EXPECT_THAT(keys_of(*s, family::records, "x"), ElementsAre());
}

TEST(RocksStore, EndsAScanWhenItsVisitorHasEnough) {
  const temporary_folder at;
  const auto s = opened(at.path());
  for (const char* key : {"a", "b", "c"}) put(*s, family::records, key, "");
  int seen = 0;
  ASSERT_TRUE(s->scan(family::records, "", [&](std::string_view, std::string_view) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

TEST(RocksStore, ADeathBetweenWritesLosesNothingThatWasWritten) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const temporary_folder at;
  EXPECT_EXIT(
      {
        const auto s = opened(at.path());
        for (int i = 0; i < 500; ++i)
          if (!s->write({{family::node, "count", std::to_string(i)}, {family::records, std::to_string(i), "x"}}, durability::written)) std::abort();
        std::raise(SIGKILL);
      },
      testing::KilledBySignal(SIGKILL), "");
  const auto s = opened(at.path());
  EXPECT_EQ(value_of(*s, family::node, "count"), "499");
  EXPECT_EQ(keys_of(*s, family::records, "").size(), 500u);
}

TEST(RocksStore, RefusesASecondOpener) {
  const temporary_folder at;
  const auto s = opened(at.path());
  EXPECT_THAT(message_of_opening(at.path()), HasSubstr("the store " + at.path().string() + " is in use by another process"));
  put(*s, family::node, "still", "usable");
  EXPECT_EQ(value_of(*s, family::node, "still"), "usable");
}

TEST(RocksStore, RefusesASecondProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const temporary_folder at;
  std::unique_ptr<store> first;
  if (!testing::internal::InDeathTestChild()) first = opened(at.path());
  EXPECT_EXIT(
      {
        std::fputs(message_of_opening(at.path()).c_str(), stderr);
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "is in use by another process");
}

TEST(RocksStore, FreesItsFolderWhenItCloses) {
  const temporary_folder at;
  opened(at.path()).reset();
  EXPECT_EQ(message_of_opening(at.path()), "was opened");
}

TEST(RocksStore, MakesAFolderThatItsOwnerAloneMayRead) {
  const temporary_folder at;
  const auto folder = at.path() / "data" / "store";
  opened(folder);
  EXPECT_EQ(fs::status(folder).permissions() & fs::perms::mask, fs::perms::owner_all);
}

TEST(RocksStore, CheckCountsEveryEntryOfAHealthyStore) {
  const temporary_folder at;
  fill(at.path());
  const auto checked = check_store(at.path());
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(*checked, filled_entries);
}

TEST(RocksStore, CheckFindsADamagedTable) {
  const temporary_folder at;
  fill(at.path());
  for (const auto& file : files_ending(at.path(), ".sst")) flip_bytes(file, 2000, 8);
  const auto checked = check_store(at.path());
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("the store " + at.path().string() + " is damaged"));
}

TEST(RocksStore, ADamagedEntryIsAnErrorAndNotAnAbsentOne) {
  const temporary_folder at;
  fill(at.path());
  for (const auto& file : files_ending(at.path(), ".sst")) flip_bytes(file, 2000, 8);
  const auto s = open_store(at.path());
  if (!s) {
    EXPECT_THAT(s.error().message, HasSubstr("is damaged"));
    return;
  }
  const auto scanned = (*s)->scan(family::records, "", [](std::string_view, std::string_view) { return true; });
  ASSERT_FALSE(scanned);
  EXPECT_THAT(scanned.error().message, HasSubstr("is damaged"));
}

TEST(RocksStore, DoesNotOpenWhenATableIsCutOffOrGone) {
  const temporary_folder at;
  fill(at.path());
  const auto tables = files_ending(at.path(), ".sst");
  fs::resize_file(tables.front(), fs::file_size(tables.front()) / 2);
  EXPECT_THAT(message_of_opening(at.path()), HasSubstr("is damaged"));
  fs::remove(tables.front());
  EXPECT_THAT(message_of_opening(at.path()), HasSubstr("is damaged"));
}

TEST(RocksStore, NeverBeginsEmptyBesideFilesOfADamagedOne) {
  const temporary_folder at;
  fill(at.path());
  fs::remove(at.path() / "CURRENT");
  EXPECT_THAT(message_of_opening(at.path()), HasSubstr("is damaged"));
  EXPECT_FALSE(check_store(at.path()));
  EXPECT_FALSE(files_ending(at.path(), ".sst").empty());
}

TEST(RocksStore, DoesNotOpenWithADamagedManifest) {
  const temporary_folder at;
  fill(at.path());
  for (const auto& entry : fs::directory_iterator(at.path()))
    if (entry.path().filename().string().starts_with("MANIFEST-")) flip_bytes(entry.path(), 0, 16);
  EXPECT_THAT(message_of_opening(at.path()), HasSubstr("is damaged"));
}

TEST(RocksStore, SaysThatAFolderIsNone) {
  const temporary_folder at;
  const auto file = at.path() / "file";
  std::ofstream(file) << "x";
  EXPECT_THAT(message_of_opening(file), HasSubstr("the store " + file.string() + " cannot be opened"));
  const auto checked = check_store(at.path() / "nothing");
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("there is no store"));
}

/// A small file system of its own over `at`, seen by this process alone. False: the machine does not allow that.
bool mount_small_disk(const fs::path& at) {
  if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return mount("none", at.c_str(), "tmpfs", 0, "size=8m") == 0;
}

bool may_mount(const fs::path& at) {
  const pid_t child = fork();
  if (child == 0) _exit(mount_small_disk(at) ? 0 : 1);
  int status = 1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(RocksStore, SaysThatTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const temporary_folder at;
  if (!may_mount(at.path())) GTEST_SKIP() << "needs to mount a small file system";
  EXPECT_EXIT(
      {
        if (!mount_small_disk(at.path())) std::abort();
        std::ofstream(at.path() / "ballast") << std::string(4'000'000, 'b');
        const auto s = opened(at.path() / "store");
        result<void> done;
        int written = 0;
        for (; done && written < 20'000; ++written)
          done = s->write({{family::records, std::to_string(written), std::string(1000, 'v')}}, durability::written);
        const std::string first = done ? "never failed" : done.error().message;
        fs::remove(at.path() / "ballast");
        // It looks for room every 5 s.
        for (int tenths = 0; !done && tenths < 300; ++tenths) {
          std::this_thread::sleep_for(std::chrono::milliseconds(100));
          done = s->write({{family::node, "after", "1"}}, durability::synced);
        }
        const auto last = value_of(*s, family::records, std::to_string(written - 2)).substr(0, 3);
        std::fprintf(stderr, "%s; %s %s", first.c_str(), done ? "goes on" : done.error().message.c_str(), last.c_str());
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "there is no room left where the store .* lies.*; goes on vvv");
}

TEST(RocksStore, SaysThatItMayNotReadTheFolder) {
  if (geteuid() != 0) GTEST_SKIP() << "needs to become another user";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const temporary_folder at;
  if (!testing::internal::InDeathTestChild()) opened(at.path() / "store");
  EXPECT_EXIT(
      {
        fs::permissions(at.path(), fs::perms::all);
        if (seteuid(65534) != 0) std::abort();
        std::fputs(message_of_opening(at.path() / "store").c_str(), stderr);
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "cannot be read and written by this user");
}

}  // namespace
}  // namespace edgemesh::store
