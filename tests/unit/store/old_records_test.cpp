// What the first version wrote is read for ever: bytes of its records, kept here as they lay on the disk. Whoever changes a record's form
// must read these too; whoever writes a form that this build cannot read is named.
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <algorithm>

#include "proto/audit_codec.hpp"
#include "proto/usage_codec.hpp"
#include "store/audit_log.hpp"
#include "store/policy_state.hpp"
#include "store/usage_book.hpp"
#include "store/usage_rows.hpp"
#include "temporary_folder.hpp"

namespace edgemesh::store {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string out;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return out;
}

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const unsigned char c : bytes) out.append({"0123456789abcdef"[c >> 4], "0123456789abcdef"[c & 15]});
  return out;
}

// Version 1, as of November 2026.
constexpr std::string_view usage_v1 =
    "018a00a3632d3101cf000001a2272d260002a26b3103a2673104a16d05a56672612d3106a366726107a8696e7465726e616c08ccc809928400a36f6c"
    "640111030706028800a367707502cd012c034604140505060107cd303908c3";
constexpr std::string_view counts_v1 = "0187000301cd038402ccd2033c04cd90ab05010615";
constexpr std::string_view audit_v1 = "018600cf000001a2272d260001a26b3102aa6b65792e63726561746503a26b3204a26f6b05918200a46e616d6501a3617070";
constexpr std::string_view policy_v1 =
    "018300918200c410070000000000000000000000000000000102019285000101c41007000000000000000000000000000000020103cf000012345678"
    "9abc05c40361707086000701c41007000000000000000000000000000000020203cf0000123456789abd04a26b3905c40381000502918100c4201111"
    "111111111111111111111111111111111111111111111111111111111111";
constexpr std::string_view row_key_v1 = "02000000006b0b6b006b31006731006d00677075006672612d310066726100";

usage_record the_usage() {
  usage_record r;
  r.charge_id = "c-1";
  r.settled_ms = 1'795'953'600'000;
  r.key = "k1";
  r.group = "g1";
  r.model = "m";
  r.node = "fra-1";
  r.site = "fra";
  r.data_class = "internal";
  r.status = 200;
  usage_attempt lost, charged;
  lost.backend = "old";
  lost.cause = attempt_cause::truncated;
  lost.usage = {0, 7, 0, 0, usage_source::estimated};
  charged.backend = "gpu";
  charged.usage = {300, 70, 20, 5, usage_source::upstream};
  charged.cost = 12345;
  charged.is_charged = true;
  r.attempts = {lost, charged};
  return r;
}

usage_counts the_counts() {
  usage_counts c;
  c.requests = 3;
  c.prompt_tokens = 900;
  c.completion_tokens = 210;
  c.cached_tokens = 60;
  c.cost = 37035;
  c.estimated = 1;
  c.waste_tokens = 21;
  return c;
}

audit_entry the_entry() { return {1, 1'795'953'600'000, "k1", "key.create", "k2", "ok", {{"name", "app"}}}; }

policy_row the_policy() {
  policy_row row{false, "k1", {}};
  store_id by;
  by.bytes[0] = 7;
  row.body.seen[by] = 2;
  row.body.writes = {{1, {by, 1}, 0x1234'5678'9abc, "", "app"}, {7, {by, 2}, 0x1234'5678'9abd, "k9", std::string("\x81\x00\x05", 3)}};
  row.body.secrets[*content_hash::from_bytes(std::string(32, '\x11'))] = 0;
  return row;
}

class OldRecords : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = open_store(folder_.path() / "store");
    ASSERT_TRUE(opened) << opened.error().message;
    disk_ = std::move(*opened);
  }
  void lies(family where, std::string key, std::string value) { ASSERT_TRUE(disk_->write({{where, std::move(key), std::move(value)}}, durability::synced)); }
  std::string at(family where, const std::string& key) { return disk_->get(where, key)->value_or(""); }
  usage_counts sum(usage_interval interval) {
    usage_counts out;
    auto book = usage_book::open(*disk_, {});
    EXPECT_TRUE(book) << book.error().message;
    EXPECT_TRUE(book->rows(interval, 0, 1LL << 40, [&](std::int64_t, const usage_row& row) { return out += row.counts, true; }));
    return out;
  }

  temporary_folder folder_;
  std::unique_ptr<store> disk_;
  const std::string usage_ = bytes_of(usage_v1), counts_ = bytes_of(counts_v1), audit_ = bytes_of(audit_v1), policy_ = bytes_of(policy_v1);
};

/// A database with these families alone, each with one entry "k": "v".
void make_database(const std::filesystem::path& folder, const std::vector<std::string>& families) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, folder.string(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (const auto& name : families) {
    rocksdb::ColumnFamilyHandle* made = nullptr;
    ASSERT_TRUE(db->CreateColumnFamily({}, name, &made).ok());
    EXPECT_TRUE(db->Put({}, made, "k", "v").ok());
    EXPECT_TRUE(db->DestroyColumnFamilyHandle(made).ok());
  }
  EXPECT_TRUE(db->Close().ok());
}

std::vector<std::string> families_in(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, folder.string(), &out).ok());
  return out;
}

TEST(OldStores, GetTheFamiliesThatWereAddedLaterAndKeepThoseOfLaterOnes) {
  const temporary_folder folder;
  const auto at = folder.path() / "store";
  make_database(at, {"node", "records", "of-a-later-version"});
  {
    auto disk = open_store(at);
    ASSERT_TRUE(disk) << disk.error().message;
    EXPECT_EQ((*disk)->get(family::node, "k")->value_or(""), "v");
    EXPECT_EQ((*disk)->get(family::records, "k")->value_or(""), "v");
    auto book = usage_book::open(**disk, {});
    ASSERT_TRUE(book) << book.error().message;
    std::vector<usage_record> one{the_usage()};
    EXPECT_TRUE(book->append(one));
    EXPECT_TRUE(load_policies(**disk)->empty());
  }
  const auto families = families_in(at);
  EXPECT_NE(std::find(families.begin(), families.end(), "of-a-later-version"), families.end());
  EXPECT_NE(std::find(families.begin(), families.end(), "usage"), families.end());
  EXPECT_EQ(*check_store(at), 3u + 1u) << "nothing was lost: three entries and the usage";
}

/// As a later build of the same version might write it: one more field in the outermost map.
std::string with_a_field_more(std::string record) {
  record[1] = static_cast<char>(record[1] + 1);
  return record + "\x63\x01";
}
std::string of_version(char version, std::string record) {
  record[0] = version;
  return record;
}

TEST_F(OldRecords, AreReadAsTheyWereMeant) {
  EXPECT_EQ(*proto::read_usage(usage_), the_usage());
  EXPECT_EQ(*proto::read_counts(counts_), the_counts());
  auto entry = *proto::read_audit(audit_);
  entry.number = 1;  // stands in the name
  EXPECT_EQ(entry, the_entry());
  lies(family::policy, "kk1", policy_);
  const auto rows = load_policies(*disk_);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->at(0).id, "k1");
  EXPECT_EQ(rows->at(0).body, the_policy().body);
}

TEST_F(OldRecords, AreStillWrittenInTheSameForm) {
  // Not a duty for ever: a build that writes another form needs another version, and keeps the test above.
  EXPECT_EQ(hex_of(proto::write_usage(the_usage())), usage_v1);
  EXPECT_EQ(hex_of(proto::write_counts(the_counts())), counts_v1);
  EXPECT_EQ(hex_of(proto::write_audit(the_entry())), audit_v1);
  EXPECT_EQ(hex_of(*policy_change(the_policy()).value), policy_v1);
  EXPECT_EQ(hex_of(write_row_key({usage_interval::day, 1'795'910'400, {"k1", "g1", "m", "gpu", "fra-1", "fra"}, {}})), row_key_v1);
  EXPECT_EQ(hex_of(write_number(513)), "0000000000000201");
}

TEST_F(OldRecords, AStoreOfThemIsGoneOnWith) {
  lies(family::node, "store.id", std::string(16, '\x05'));
  lies(family::node, "usage.included", bytes_of("0000000000000001"));  // the first record is summed up already, the second is not
  lies(family::node, "audit.last", bytes_of("0000000000000001"));
  lies(family::usage, bytes_of("0000000000000001"), usage_);
  lies(family::usage, bytes_of("0000000000000002"), usage_);
  lies(family::rows, bytes_of(row_key_v1), counts_);
  lies(family::audit, bytes_of("0000000000000001"), audit_);
  lies(family::policy, "kk1", policy_);

  const auto day = sum(usage_interval::day);
  EXPECT_EQ(day.requests, the_counts().requests + 1);
  EXPECT_EQ(day.cost, the_counts().cost + 12345);
  EXPECT_EQ(day.prompt_tokens, the_counts().prompt_tokens + 300);
  auto book = *usage_book::open(*disk_, {});
  std::vector<usage_record> another{the_usage()};
  ASSERT_TRUE(book.append(another));
  EXPECT_EQ(book.last_number(), 3u);
  EXPECT_EQ(sum(usage_interval::day).requests, the_counts().requests + 2);

  auto log = *audit_log::open(*disk_);
  std::vector<audit_entry> next{the_entry()};
  ASSERT_TRUE(log.append(next, durability::synced));
  EXPECT_EQ(next[0].number, 2u);
  std::vector<audit_entry> all;
  ASSERT_TRUE(log.read(0, [&](const audit_entry& e) { return all.push_back(e), true; }));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], the_entry());

  EXPECT_FALSE(load_or_make_store_id(*disk_, store_id{})->is_new);
  EXPECT_EQ(load_policies(*disk_)->size(), 1u);
}

TEST_F(OldRecords, AFieldThatWasAddedLaterIsItsUsualValueAndOneThatIsNotKnownIsPassedOver) {
  // {0: "c-0", 1: 1795953600000, 2: "k1"}
  const auto few = proto::read_usage(bytes_of("018300a3632d3001cf000001a2272d260002a26b31"));
  ASSERT_TRUE(few) << few.error().message;
  EXPECT_EQ(few->charge_id, "c-0");
  EXPECT_EQ(few->key, "k1");
  EXPECT_EQ(few->status, 0);
  EXPECT_TRUE(few->attempts.empty());
  EXPECT_EQ(*proto::read_counts(bytes_of("0180")), usage_counts());
  EXPECT_EQ(*proto::read_usage(with_a_field_more(usage_)), the_usage());
  EXPECT_EQ(*proto::read_counts(with_a_field_more(counts_)), the_counts());
  EXPECT_EQ(proto::read_audit(with_a_field_more(audit_))->subject, "k2");
  lies(family::policy, "kk1", with_a_field_more(policy_));
  EXPECT_EQ(load_policies(*disk_)->at(0).body, the_policy().body);
}

TEST_F(OldRecords, OfALaterVersionAreNamedAndLeftAsTheyAre) {
  for (const char version : {'\x02', '\x7f', '\xff', '\x00'}) {
    lies(family::usage, write_number(1), of_version(version, usage_));
    const auto book = usage_book::open(*disk_, {});
    ASSERT_FALSE(book);
    EXPECT_EQ(book.error().message, "usage record 1: usage record: of a later version");
    EXPECT_EQ(at(family::usage, write_number(1)), of_version(version, usage_));
    lies(family::usage, write_number(1), usage_);

    lies(family::rows, bytes_of(row_key_v1), of_version(version, counts_));
    const auto summed = usage_book::open(*disk_, {});
    ASSERT_FALSE(summed) << "the record's row is that one";
    EXPECT_EQ(summed.error().message, "usage counts: of a later version");
    EXPECT_EQ(at(family::rows, bytes_of(row_key_v1)), of_version(version, counts_));
    lies(family::rows, bytes_of(row_key_v1), counts_);

    lies(family::audit, write_number(1), of_version(version, audit_));
    const auto log = *audit_log::open(*disk_);
    const auto read = log.read(0, [](const audit_entry&) { return true; });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message, "audit entry 1: audit entry: of a later version");

    lies(family::policy, "kk1", of_version(version, policy_));
    const auto rows = load_policies(*disk_);
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().message, "the store's record of key k1 was written by a later version of edgemesh");
    EXPECT_EQ(at(family::policy, "kk1"), of_version(version, policy_));
  }
}

}  // namespace
}  // namespace edgemesh::store
