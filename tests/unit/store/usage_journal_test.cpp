#include "store/usage_journal.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "base/random_source.hpp"

namespace edgemesh::store {
namespace {

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
  std::vector<char> memory(1024);
  usage_journal j(memory, 7);
  EXPECT_TRUE(all_in(j).records.empty());
  ASSERT_TRUE(j.append("one") && j.append("") && j.append("three"));
  EXPECT_EQ(all_in(j).records, (texts{"one", "", "three"}));
  EXPECT_EQ(all_in(j).records.size(), 3u) << "reading forgets nothing";
  j.forget(all_in(j, 2).end.position);
  EXPECT_EQ(all_in(j).records, texts{"three"});
}

TEST(UsageJournal, RefusesWhatDoesNotFitAndKeepsTheRest) {
  std::vector<char> memory(256);
  usage_journal j(memory, 7);
  int appended = 0;
  while (j.append("0123456789abcdef")) ++appended;
  EXPECT_EQ(appended, 10) << "24 bytes each";
  EXPECT_TRUE(j.is_crowded());
  EXPECT_EQ(all_in(j).records.size(), 10u);
  j.forget(all_in(j, 5).end.position);
  EXPECT_FALSE(j.is_crowded());
  EXPECT_TRUE(j.append("0123456789abcdef"));
  EXPECT_EQ(all_in(j).records.size(), 6u);
  EXPECT_FALSE(j.append(std::string(256, 'x'))) << "longer than the ring";
}

TEST(UsageJournal, AnyNumberOfTurnsWithAnyLengthsKeepsOrderAndSurvivesDeathAtEachStep) {
  random_source rng(3);
  std::vector<char> memory(2048);
  usage_journal j(memory, 99);
  std::deque<std::string> expected;
  std::uint64_t number = 0, place = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (rng.below(3) != 0) {
      const auto text = text_of(number++);
      if (j.append(text)) expected.push_back(text);
    } else {
      const auto taken = all_in(j, rng.below(8));
      ASSERT_TRUE(taken.end.is_sound);
      for (const auto& r : taken.records) {
        ASSERT_EQ(r, expected.front());
        expected.pop_front();
      }
      j.forget(place = taken.end.position);
    }
    ASSERT_EQ(left_in(memory, 99, place), texts(expected.begin(), expected.end())) << "at step " << step;
  }
  EXPECT_GT(place, 100 * memory.size()) << "many turns";
}

TEST(UsageJournal, TakesNoFrameOfAnEarlierLifeOrOfAnotherJournal) {
  std::vector<char> memory(1024);
  usage_journal earlier(memory, 1);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(earlier.append("of the earlier life"));
  EXPECT_EQ(left_in(memory, 1, 0).size(), 8u);
  usage_journal now(memory, 2);
  EXPECT_TRUE(left_in(memory, 2, 0).empty());
  ASSERT_TRUE(now.append("of this life here."));  // as long: what follows lies where frames of before begin
  EXPECT_EQ(left_in(memory, 2, 0), texts{"of this life here."});
  EXPECT_TRUE(left_in(memory, 1, 24).size() == 0) << "not the beginning of a frame";
}

TEST(UsageJournal, AFrameThatIsNotWholeOrWasChangedEndsWhatIsRecovered) {
  std::vector<char> memory(512);
  usage_journal j(memory, 5);
  ASSERT_TRUE(j.append("first") && j.append("second, which is damaged") && j.append("third"));
  const std::size_t begin = 16, end = begin + usage_journal::frame_head_size + 24;
  for (std::size_t at = begin; at < end; ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto copy = memory;
      copy[at] = static_cast<char>(copy[at] ^ 1 << bit);
      ASSERT_EQ(left_in(copy, 5, 0), texts{"first"}) << "byte " << at << ", bit " << bit;
    }
}

TEST(UsageJournal, DamageWhileItRunsIsToldAndWhatComesAfterItIsKept) {
  std::vector<char> memory(512);
  usage_journal j(memory, 5);
  ASSERT_TRUE(j.append("first") && j.append("second"));
  memory[24] ^= 1;  // the second's bytes
  const auto got = all_in(j);
  EXPECT_EQ(got.records, texts{"first"});
  EXPECT_FALSE(got.end.is_sound);
  j.forget(got.end.position);
  ASSERT_TRUE(j.append("third"));
  EXPECT_EQ(all_in(j).records, texts{"third"});
}

TEST(UsageJournal, APlaceThatNoJournalCanHaveRecoversNothing) {
  std::vector<char> memory(512);
  usage_journal j(memory, 5);
  ASSERT_TRUE(j.append("first"));
  for (const std::uint64_t place : {1ull, 7ull, 8ull, 511ull, ~0ull, ~0ull - 7}) EXPECT_TRUE(left_in(memory, 5, place).empty()) << place;
}

}  // namespace
}  // namespace edgemesh::store
