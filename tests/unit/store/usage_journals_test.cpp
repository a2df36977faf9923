// Journals in files beside a real store. A death is what destroys both without a word to either: files stay as they are.
#include "store/usage_journals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "proto/usage_codec.hpp"
#include "store/restoring.hpp"
#include "temporary_folder.hpp"
#include "tests/support/memory_file.hpp"

namespace edgemesh::store {
namespace {

usage_record request(int n) {
  usage_record r;
  r.charge_id = "ch-" + std::to_string(n);
  r.settled_ms = 1'800'000'000'000;
  r.key = "k";
  r.status = 200;
  return r;
}

class UsageJournals : public ::testing::Test {
 protected:
  void SetUp() override { live(); }
  /// Ends the life so far without a word, and begins another one.
  void live(std::size_t shards = 2) {
    die();
    auto opened = open_store(path);
    ASSERT_TRUE(opened) << opened.error().message;
    disk = std::move(*opened);
    auto read = usage_book::open(*disk, {});
    ASSERT_TRUE(read);
    book.emplace(std::move(*read));
    auto made = usage_journals::open(path, shards, *disk, *book, [this] { return ++names_; });
    ASSERT_TRUE(made) << made.error().message;
    journals.emplace(std::move(*made));
  }
  void die() {
    journals.reset();
    book.reset();
    disk.reset();
  }
  void use(std::size_t shard) { ASSERT_TRUE((*journals)[shard].append(proto::write_usage(request(++requests_)))); }
  /// As the ledger does it.
  void take(std::size_t shard, std::size_t max = 1000) {
    std::vector<usage_record> records;
    const auto end = (*journals)[shard].read(max, [&](std::string_view bytes) { records.push_back(*proto::read_usage(bytes)); });
    const auto place = journals->place(shard, end.position);
    ASSERT_TRUE(book->append(records, {&place, 1}));
    (*journals)[shard].forget(end);
  }
  std::vector<std::string> counted() {
    std::vector<std::string> out;
    EXPECT_TRUE(book->raw(0, [&](std::uint64_t, const usage_record& r) { return out.push_back(r.charge_id), true; }));
    std::int64_t sum = 0;
    EXPECT_TRUE(book->rows(usage_interval::day, 0, 1LL << 40, [&](std::int64_t, const usage_row& row) { return sum += row.counts.requests, true; }));
    EXPECT_EQ(static_cast<std::size_t>(sum), out.size()) << "sums and records say the same";
    return out;
  }

  temporary_folder folder;
  std::filesystem::path path = folder.path() / "store";
  std::unique_ptr<store> disk;
  std::optional<usage_book> book;
  std::optional<usage_journals> journals;

 private:
  std::uint64_t names_ = 0;
  int requests_ = 0;
};

TEST_F(UsageJournals, WhatADeathLeavesIsCountedOnceAtTheNextStart) {
  use(0), use(1), use(0);
  live();
  EXPECT_EQ(journals->found().records, 3u);
  EXPECT_THAT(counted(), ::testing::UnorderedElementsAre("ch-1", "ch-2", "ch-3"));
  live();
  EXPECT_EQ(journals->found().records, 0u);
  EXPECT_EQ(counted().size(), 3u);
}

TEST_F(UsageJournals, ADeathBetweenTheStoreAndTheJournalDoublesNothing) {
  use(0), use(0), use(0);
  take(0, 2);
  use(0);
  live();
  EXPECT_EQ(journals->found().records, 2u) << "the third and the fourth";
  EXPECT_THAT(counted(), ::testing::ElementsAre("ch-1", "ch-2", "ch-3", "ch-4"));
}

TEST_F(UsageJournals, ManyLivesLoseAndDoubleNothing) {
  std::size_t used = 0;
  for (int life = 0; life < 25; ++life) {
    for (std::size_t i = 0; i < 40; ++i, ++used) {
      use(i % 2);
      if (i % 7 == 3) take(i % 2, i % 5);
    }
    live();
  }
  auto all = counted();
  EXPECT_EQ(all.size(), used);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

TEST_F(UsageJournals, AStartWithFewerShardsTakesWhatTheOthersLeft) {
  live(4);
  use(3), use(1);
  live(1);
  EXPECT_EQ(journals->found().records, 2u);
  EXPECT_EQ(counted().size(), 2u);
  EXPECT_FALSE(std::filesystem::exists(path / "journals" / "usage-3"));
  live(4);
  EXPECT_EQ(journals->found().records, 0u);
  EXPECT_EQ(counted().size(), 2u);
}

TEST_F(UsageJournals, AFileOfAnotherSizeStillGivesWhatIsInIt) {
  use(0), use(1);
  die();
  std::filesystem::resize_file(path / "journals" / "usage-0", usage_journals::journal_size * 2);
  std::filesystem::resize_file(path / "journals" / "usage-1", 4096 + 3);
  live();
  EXPECT_THAT(counted(), ::testing::ElementsAre("ch-1", "ch-2"));
  EXPECT_EQ(std::filesystem::file_size(path / "journals" / "usage-0"), usage_journals::journal_size);
}

TEST_F(UsageJournals, WhatIsMissingOrUnreadableIsToldAndAnewBegun) {
  use(0);
  ASSERT_TRUE((*journals)[1].append("no record") && (*journals)[1].append(proto::write_usage(request(50))));
  die();
  std::filesystem::remove(path / "journals" / "usage-0");
  live();
  EXPECT_EQ(journals->found().missing, 1u);
  EXPECT_EQ(journals->found().damaged, 1u);
  EXPECT_EQ(journals->found().records, 1u);
  use(0);
  live();
  EXPECT_EQ(journals->found().missing + journals->found().damaged, 0u);
  EXPECT_THAT(counted(), ::testing::ElementsAre("ch-50", "ch-2"));
}

TEST_F(UsageJournals, AStoreThatForgetsThemCountsNothingOfThem) {
  use(0);
  ASSERT_TRUE(forget_journals(*disk));
  live();
  EXPECT_EQ(journals->found().records + journals->found().missing, 0u);
  EXPECT_TRUE(counted().empty());
}

/// A store that is restored does not know the names of the journals that lie there, or knows earlier ones.
TEST_F(UsageJournals, AJournalOfAnotherStoreIsNotCounted) {
  use(0), take(0);
  ASSERT_TRUE(disk->copy_to(folder.path() / "copy"));
  live();
  use(0);
  die();
  std::filesystem::copy(path / "journals", folder.path() / "copy" / "journals");
  path = folder.path() / "copy";
  live();
  EXPECT_EQ(journals->found().records, 0u);
  EXPECT_THAT(counted(), ::testing::ElementsAre("ch-1"));
}

/// By hand, while both nodes go on: what the copy has in its journals is counted by the first.
TEST_F(UsageJournals, ARestoredCopyOfAWholeFolderCountsNothingThatItsJournalsHold) {
  use(0), take(0);
  use(0);
  die();
  ASSERT_TRUE(restore_store(path, folder.path() / "restored"));
  path = folder.path() / "restored";
  live();
  EXPECT_EQ(journals->found().records + journals->found().missing, 0u);
  EXPECT_THAT(counted(), ::testing::ElementsAre("ch-1"));
}

TEST(UsageJournalsInMemory, ThoseWhereNothingCameAreNotTouched) {
  std::vector<testing::memory_file*> files;
  auto journals = testing::journals_in_memory(1, 1 << 20, &files);
  for (int tick = 0; tick < 10; ++tick) ASSERT_TRUE(journals.prepare(0));
  EXPECT_EQ(files[0]->prepared, 1) << "once for the first that comes";
  ASSERT_TRUE(journals[0].append("one"));
  for (int tick = 0; tick < 10; ++tick) ASSERT_TRUE(journals.prepare(0));
  EXPECT_EQ(files[0]->prepared, 2);
}

TEST_F(UsageJournals, AFolderThatCannotBeMadeIsSaid) {
  die();
  std::filesystem::remove_all(path / "journals");
  std::ofstream(path / "journals") << "in the way";
  auto opened = open_store(path);
  disk = std::move(*opened);
  book.emplace(*usage_book::open(*disk, {}));
  const auto made = usage_journals::open(path, 1, *disk, *book, [] { return 1; });
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, ::testing::HasSubstr(path.string()));
}

TEST_F(UsageJournals, APlaceThatIsDamagedIsSaid) {
  ASSERT_TRUE(disk->write({{family::node, "usage.journal.0", "short"}}, durability::written));
  const auto made = usage_journals::open(path, 1, *disk, *book, [] { return 1; });
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, ::testing::HasSubstr("damaged"));
}

TEST_F(UsageJournals, RoomIsMadeAheadOfWhatIsWrittenAroundTheEndOfTheRing) {
  const std::string large(64 << 10, 'x');
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE((*journals)[0].append(large)) << i;
    (*journals)[0].forget((*journals)[0].read(1, [](std::string_view) {}));
    ASSERT_TRUE(journals->prepare(0)) << i;
  }
}

TEST_F(UsageJournals, AFileThatIsCutWhileItIsUsedLosesWhatWasInItAndNothingElse) {
  use(0);
  std::filesystem::resize_file(path / "journals" / "usage-0", 0);
  EXPECT_FALSE((*journals)[0].append("is lost")) << "and the process lives";
  use(1);
  ASSERT_TRUE(journals->prepare(0)) << "the file is whole again";
  const auto end = (*journals)[0].read(10, [](std::string_view) { ADD_FAILURE(); });
  EXPECT_EQ(end.lost, 1u);
  (*journals)[0].forget(end);
  const auto place = journals->place(0, end.position);
  ASSERT_TRUE(book->append({}, {&place, 1}));
  use(0);
  live();
  EXPECT_THAT(counted(), ::testing::UnorderedElementsAre("ch-2", "ch-3"));
}

}  // namespace
}  // namespace edgemesh::store
