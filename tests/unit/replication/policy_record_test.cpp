#include "proto/policy_record.hpp"

#include <gtest/gtest.h>

#include "replication/policy_registers.hpp"
#include "tests/unit/proto/samples.hpp"

namespace edgemesh::proto {
namespace {

policy_row a_row() {
  store_id store;
  store.bytes[0] = 7;
  replication::policy_registers registers;
  registers.set(1, "name", {store, {5}, "adminkey01"});
  registers.set(99, "of a later version", {store, {6}, "adminkey01"});
  registers.rotate(samples::keys().hash("token"), 0);
  return {false, "abcdefghij", registers.body()};
}

TEST(PolicyRecord, WhatANodeSignsAnotherOneReadsAsItWas) {
  const auto sealed = seal(samples::author(), a_row());
  const auto read = read_record(sealed.raw);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(is_genuine(*read, samples::mesh(), samples::keys()));
  EXPECT_EQ(read->head.kind, record_kind::policy);
  EXPECT_EQ(read->head.subject, "kabcdefghij");
  const auto row = read_policy_record(*read);
  ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(*row, a_row());
}

TEST(PolicyRecord, AnotherMeshAnotherBodyOrAnotherSignerIsNotGenuine) {
  auto sealed = seal(samples::author(), a_row());
  auto other = samples::mesh();
  other.bytes[0] ^= 1;
  EXPECT_FALSE(is_genuine(sealed, other, samples::keys()));
  sealed.raw[sealed.raw.size() / 2] ^= 1;
  EXPECT_FALSE(is_genuine(sealed, samples::mesh(), samples::keys()));
}

TEST(PolicyRecord, ASubjectThatIsNoKeyAndNoGroupIsRefused) {
  for (const char* id : {"short", "abcdefghi!", "abcdefghijk", ""}) {
    auto row = a_row();
    row.id = id;
    EXPECT_FALSE(read_record(seal(samples::author(), row).raw)) << id;
  }
  EXPECT_TRUE(is_policy_name("g0123456789"));
  EXPECT_FALSE(is_policy_name("x0123456789"));
}

TEST(PolicyRecord, TheLargestBodyThatIsAcceptedFitsARecord) {
  store_id store;
  store.bytes[0] = 7;
  replication::policy_registers registers;
  std::uint8_t field = 1;
  while (registers.set(field, std::string(500, 'x'), {store, {5}, "adminkey01"})) ++field;
  while (registers.set(field, "x", {store, {5}, "adminkey01"})) ++field;
  EXPECT_GT(size_bound(registers.body()), policy_body_max - policy_revocation_max - 100);
  EXPECT_GT(write_policy(registers.body()).size(), size_bound(registers.body()) * 9 / 10);
  registers.revoke({store, {6}, std::string(name_max, 'a')});
  EXPECT_LE(write_policy(registers.body()).size(), size_bound(registers.body()));
  EXPECT_LE(size_bound(registers.body()), policy_body_max);
  const auto sealed = seal(samples::author(), {true, "abcdefghij", registers.body()});
  ASSERT_TRUE(read_record(sealed.raw)) << sealed.raw.size();
  EXPECT_TRUE(read_policy_record(sealed));
}

}  // namespace
}  // namespace edgemesh::proto
