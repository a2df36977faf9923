#include "store/audit_log.hpp"

#include <gtest/gtest.h>

#include <array>

#include "proto/audit_codec.hpp"
#include "temporary_folder.hpp"

namespace edgemesh::store {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

audit_entry entry(std::string subject, std::int64_t at_ms = 1000) {
  return {0, at_ms, "k1", "key.update", std::move(subject), "ok", {{"fields", "models,budget"}}};
}

class AuditLog : public ::testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    log.reset();
    disk.reset();
    auto opened = open_store(folder.path() / "store");
    ASSERT_TRUE(opened);
    disk = std::move(*opened);
    auto read = audit_log::open(*disk);
    ASSERT_TRUE(read) << read.error().message;
    log.emplace(std::move(*read));
  }
  void append(std::vector<audit_entry> entries) { ASSERT_TRUE(log->append(entries, durability::written)); }
  std::vector<std::uint64_t> numbers(std::uint64_t first = 0) {
    std::vector<std::uint64_t> out;
    EXPECT_TRUE(log->read(first, [&](const audit_entry& e) {
      out.push_back(e.number);
      return true;
    }));
    return out;
  }
  temporary_folder folder;
  std::unique_ptr<store> disk;
  std::optional<audit_log> log;
};

TEST_F(AuditLog, EntriesAreNumberedWithoutAGapAcrossLives) {
  append({entry("a"), entry("b")});
  reopen();
  append({entry("c")});
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(numbers(3), (std::vector<std::uint64_t>{3}));
}

TEST_F(AuditLog, AnEntryComesBackAsItWas) {
  append({entry("a", 77)});
  ASSERT_TRUE(log->read(1, [&](const audit_entry& e) {
    auto expected = entry("a", 77);
    expected.number = 1;
    EXPECT_EQ(e, expected);
    return true;
  }));
}

TEST_F(AuditLog, TheOldestGoFirstAndTheirNumbersNeverComeAgain) {
  for (int i = 0; i < 10; ++i) append({entry("e", i * day_ms)});
  ASSERT_TRUE(log->expire({.entries_max = 4, .days = 0}, 10 * day_ms));
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{7, 8, 9, 10}));
  ASSERT_TRUE(log->expire({.entries_max = 100, .days = 2}, 10 * day_ms));
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{9, 10}));
  ASSERT_TRUE(log->expire({.entries_max = 100, .days = 1}, 100 * day_ms));
  reopen();
  append({entry("next")});
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{11}));
}

TEST_F(AuditLog, HostileTextsAreTamedNotLost) {
  append({{0, 1, "k\n1", std::string(2000, 'x'), "a\xff", "ok", std::vector<std::pair<std::string, std::string>>(40, {"n", "v"})}});
  ASSERT_TRUE(log->read(1, [&](const audit_entry& e) {
    EXPECT_EQ(e.actor, "k?1");
    EXPECT_EQ(e.action.size(), proto::audit_text_max);
    EXPECT_EQ(e.subject, "?");
    EXPECT_EQ(e.details.size(), proto::audit_details_max);
    return true;
  }));
}

TEST_F(AuditLog, DamageIsSaidWithItsNumber) {
  append({entry("a")});
  ASSERT_TRUE(disk->write({{family::audit, std::string(7, '\0') + '\x02', "\x01nonsense"}}, durability::written));
  const auto read = log->read(1, [](const audit_entry&) { return true; });
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("audit entry 2"), std::string::npos);
}

}  // namespace
}  // namespace edgemesh::store
