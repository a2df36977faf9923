#include "store/usage_journal.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "base/random_source.hpp"
#include "tests/support/memory_file.hpp"

namespace edgemesh::store {
namespace {

using testing::memory_file;
using texts = std::vector<std::string>;

struct read_all {
  texts records;
  usage_journal::read_end end;
};
read_all all_in(const usage_journal& journal, std::size_t max = 1000) {
  read_all out;
  out.end = journal.read(max, [&](std::string_view r) { out.records.emplace_back(r); });
  return out;
}
texts left_in(const std::vector<char>& memory, std::uint64_t name, std::uint64_t position) {
  texts out;
  usage_journal::recover(memory, name, position, [&](std::string_view r) { out.emplace_back(r); });
  return out;
}
/// Lengths that leave every rest of eight, and the same bytes seldom.
std::string text_of(std::uint64_t n) { return std::string(n % 61, static_cast<char>('a' + n % 26)) + std::to_string(n); }

TEST(UsageJournal, GivesWhatWasAppendedInOrderUntilItIsForgotten) {
  memory_file file(1024);
  usage_journal j(file, 7);
  EXPECT_TRUE(all_in(j).records.empty());
  ASSERT_TRUE(j.append("one") && j.append("") && j.append("three"));
  EXPECT_EQ(all_in(j).records, (texts{"one", "", "three"}));
  EXPECT_EQ(all_in(j).records.size(), 3u) << "reading forgets nothing";
  j.forget(all_in(j, 2).end);
  EXPECT_EQ(all_in(j).records, texts{"three"});
}

TEST(UsageJournal, RefusesWhatDoesNotFitAndKeepsTheRest) {
  memory_file file(256);
  usage_journal j(file, 7);
  int appended = 0;
  while (j.append("0123456789abcdef")) ++appended;
  EXPECT_EQ(appended, 10) << "24 bytes each";
  EXPECT_TRUE(j.is_crowded());
  EXPECT_EQ(all_in(j).records.size(), 10u);
  j.forget(all_in(j, 5).end);
  EXPECT_FALSE(j.is_crowded());
  EXPECT_TRUE(j.append("0123456789abcdef"));
  EXPECT_EQ(all_in(j).records.size(), 6u);
  EXPECT_FALSE(j.append(std::string(256, 'x'))) << "longer than the ring";
}

TEST(UsageJournal, AnyNumberOfTurnsWithAnyLengthsKeepsOrderAndSurvivesDeathAtEachStep) {
  random_source rng(3);
  memory_file file(2048);
  usage_journal j(file, 99);
  std::deque<std::string> expected;
  std::uint64_t number = 0, place = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (rng.below(3) != 0) {
      const auto text = text_of(number++);
      if (j.append(text)) expected.push_back(text);
    } else {
      const auto taken = all_in(j, rng.below(8));
      ASSERT_EQ(taken.end.lost, 0u);
      for (const auto& r : taken.records) {
        ASSERT_EQ(r, expected.front());
        expected.pop_front();
      }
      j.forget(taken.end);
      place = taken.end.position;
    }
    ASSERT_EQ(left_in(file.memory(), 99, place), texts(expected.begin(), expected.end())) << "at step " << step;
    ASSERT_EQ(j.waiting(), expected.size());
  }
  EXPECT_GT(place, 100 * file.memory().size()) << "many turns";
}

TEST(UsageJournal, TakesNoFrameOfAnEarlierLifeOrOfAnotherJournal) {
  memory_file file(1024);
  usage_journal earlier(file, 1);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(earlier.append("of the earlier life"));
  EXPECT_EQ(left_in(file.memory(), 1, 0).size(), 8u);
  usage_journal now(file, 2);
  EXPECT_TRUE(left_in(file.memory(), 2, 0).empty());
  ASSERT_TRUE(now.append("of this life here."));  // as long: what follows lies where frames of before begin
  EXPECT_EQ(left_in(file.memory(), 2, 0), texts{"of this life here."});
  EXPECT_TRUE(left_in(file.memory(), 1, 24).size() == 0) << "not the beginning of a frame";
}

TEST(UsageJournal, AFrameThatIsNotWholeOrWasChangedEndsWhatIsRecovered) {
  memory_file file(512);
  usage_journal j(file, 5);
  ASSERT_TRUE(j.append("first") && j.append("second, which is damaged") && j.append("third"));
  const std::size_t begin = 16, end = begin + usage_journal::frame_head_size + 24;
  for (std::size_t at = begin; at < end; ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto copy = file.memory();
      copy[at] = static_cast<char>(copy[at] ^ 1 << bit);
      ASSERT_EQ(left_in(copy, 5, 0), texts{"first"}) << "byte " << at << ", bit " << bit;
    }
}

TEST(UsageJournal, DamageWhileItRunsIsCountedAndWhatComesAfterItIsKept) {
  memory_file file(512);
  usage_journal j(file, 5);
  ASSERT_TRUE(j.append("first") && j.append("second") && j.append("third"));
  file.bytes()[24] ^= 1;  // the second's bytes
  const auto got = all_in(j);
  EXPECT_EQ(got.records, texts{"first"});
  EXPECT_EQ(got.end.lost, 2u);
  j.forget(got.end);
  EXPECT_EQ(j.waiting(), 0u);
  ASSERT_TRUE(j.append("fourth"));
  EXPECT_EQ(all_in(j).records, texts{"fourth"});
}

TEST(UsageJournal, WhileItsFileIsBrokenNothingIsPutOnRecordOrRead) {
  memory_file file(512);
  usage_journal j(file, 5);
  ASSERT_TRUE(j.append("before"));
  file.breaks = true;
  EXPECT_FALSE(j.append("meanwhile"));
  const auto meanwhile = all_in(j);
  EXPECT_TRUE(meanwhile.records.empty());
  EXPECT_EQ(meanwhile.end.lost, 0u);
  j.forget(meanwhile.end);
  file.breaks = false;
  ASSERT_TRUE(j.append("after"));
  EXPECT_EQ(all_in(j).records, (texts{"before", "after"}));
}

TEST(UsageJournal, OneThreadAppendsWhileAnotherReads) {
  memory_file file(4096);
  usage_journal j(file, 11);
  constexpr int total = 20'000;
  std::thread appends([&] {
    for (int i = 0; i < total;)
      if (j.append(text_of(static_cast<std::uint64_t>(i)))) ++i;
      else std::this_thread::yield();
  });
  int next = 0;
  while (next < total) {
    const auto end = j.read(64, [&](std::string_view r) {
      if (r == text_of(static_cast<std::uint64_t>(next))) ++next;
      else ADD_FAILURE() << "at " << next, next = total;
    });
    j.forget(end);
    if (end.lost != 0) ADD_FAILURE() << "lost at " << next, next = total;
  }
  appends.join();
  EXPECT_EQ(j.waiting(), 0u);
}

TEST(UsageJournal, ArbitraryBytesAreNoRecords) {
  random_source rng(8);
  std::vector<char> memory(4096);
  for (int round = 0; round < 2000; ++round) {
    for (auto& c : memory) c = static_cast<char>(rng.next());
    // Lengths that lead somewhere, jumps among them.
    for (std::size_t at = 0; at < memory.size(); at += 8) {
      const auto length = rng.below(4) == 0 ? 0xffffffffu : static_cast<std::uint32_t>(rng.below(5000));
      std::memcpy(memory.data() + at, &length, sizeof length);
    }
    ASSERT_TRUE(left_in(memory, rng.next(), rng.below(1'000'000) * 8).empty());
  }
}

TEST(UsageJournal, APlaceThatNoJournalCanHaveRecoversNothing) {
  memory_file file(512);
  usage_journal j(file, 5);
  ASSERT_TRUE(j.append("first"));
  for (const std::uint64_t place : {1ull, 7ull, 8ull, 511ull, ~0ull, ~0ull - 7}) EXPECT_TRUE(left_in(file.memory(), 5, place).empty()) << place;
}

}  // namespace
}  // namespace edgemesh::store
