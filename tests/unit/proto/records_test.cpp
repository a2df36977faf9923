#include "proto/records.hpp"

#include <gtest/gtest.h>

#include "proto/field_writer.hpp"
#include "proto/limits.hpp"
#include "tests/unit/proto/samples.hpp"

namespace edgemesh::proto {
namespace {

using namespace samples;

/// A record made by hand: what another build, or a hostile one, might have signed.
std::string raw_of(const std::string& body, const fake_signing& by = keys()) {
  std::string text = "edgemesh record 1";
  text += mesh().view();
  text += body;
  std::string raw;
  write_array_head(raw, 3);
  write_bytes(raw, by.own_key().view());
  write_bytes(raw, body);
  write_bytes(raw, by.sign(text).view());
  return raw;
}
template <class Write>
std::string body_of(std::uint64_t kind, std::string_view subject, Write write) {
  std::string body;
  field_writer fields(body);
  fields.natural(0, kind);
  fields.bytes(1, subject);
  fields.natural(2, 5);
  fields.natural(3, 6);
  fields.natural(4, 7);
  write(fields);
  fields.finish();
  return body;
}
template <class Write>
sealed_record made_of(record_kind kind, std::string_view subject, Write write) {
  const auto r = read_record(raw_of(body_of(static_cast<std::uint64_t>(kind), subject, write)));
  EXPECT_TRUE(r.has_value()) << r.error().message;
  return *r;
}
const auto nothing_more = [](field_writer&) {};

TEST(SealedRecord, IsReadAsItWasSealed) {
  for (const auto& [name, sealed] : records_of_each_kind()) {
    const auto r = read_record(sealed.raw);
    ASSERT_TRUE(r.has_value()) << name << ": " << r.error().message;
    EXPECT_EQ(*r, sealed) << name;
    EXPECT_EQ(r->signer, keys().own_key()) << name;
    EXPECT_EQ(r->head.kind, sealed.head.kind) << name;
    EXPECT_EQ(r->head.subject, sealed.head.subject) << name;
    EXPECT_EQ(r->head.version, author().version) << name;
    EXPECT_EQ(r->head.stamp_ms, author().stamp_ms) << name;
    EXPECT_TRUE(is_genuine(*r, mesh(), keys())) << name;
  }
}
TEST(SealedRecord, IsNotGenuineWithAnyBitFlipped) {
  for (const auto& [name, sealed] : records_of_each_kind())
    for (std::size_t bit = 0; bit < sealed.raw.size() * 8; ++bit) {
      auto raw = sealed.raw;
      raw[bit / 8] ^= static_cast<char>(1 << bit % 8);
      const auto r = read_record(raw);
      EXPECT_FALSE(r && is_genuine(*r, mesh(), keys())) << name << " bit " << bit;
    }
}
TEST(SealedRecord, IsNotGenuineInAnotherMesh) {
  const auto sealed = seal(author(), a_member());
  auto elsewhere = mesh();
  elsewhere.bytes[0] ^= 1;
  EXPECT_FALSE(is_genuine(sealed, elsewhere, keys()));
}
TEST(SealedRecord, IsNotGenuineUnderAnotherSigner) {
  auto sealed = seal(author(), a_member());
  sealed.signer = other();
  EXPECT_FALSE(is_genuine(sealed, mesh(), keys()));
}
TEST(SealedRecord, IsRefusedTruncatedAtEveryByteAndWithMoreAfterIt) {
  for (const auto& [name, sealed] : records_of_each_kind()) {
    for (std::size_t size = 0; size < sealed.raw.size(); ++size)
      EXPECT_FALSE(read_record(std::string_view(sealed.raw).substr(0, size)).has_value()) << name << " " << size;
    EXPECT_FALSE(read_record(sealed.raw + '\0').has_value()) << name;
  }
}
TEST(SealedRecord, HasOneFormOnly) {
  const auto sealed = seal(author(), a_liveness());
  const auto body = std::string(sealed.body());
  const auto signature = sealed.raw.substr(sealed.raw.size() - 66);
  ASSERT_LT(body.size(), 256u);
  const auto with_body_head = [&](const std::string& head) { return sealed.raw.substr(0, 35) + head + body + signature; };
  const auto size = static_cast<char>(body.size());
  ASSERT_EQ(with_body_head(std::string("\xc4") + size), sealed.raw);
  EXPECT_FALSE(read_record(with_body_head(std::string("\xc5\x00", 2) + size)).has_value());
  EXPECT_FALSE(read_record(with_body_head(std::string("\xc6\x00\x00\x00", 4) + size)).has_value());
  EXPECT_FALSE(read_record(std::string("\xdc\x00\x03", 3) + sealed.raw.substr(1)).has_value());
  const std::string wide_signer = std::string("\x93\xc5\x00\x20", 4);
  EXPECT_FALSE(read_record(wide_signer + sealed.raw.substr(3)).has_value());
}
TEST(SealedRecord, MayFillItsBoundButNotMore) {
  const auto padded = [](std::size_t padding) {
    return raw_of(body_of(99, "x", [&](field_writer& fields) { fields.bytes(100, std::string(padding, 'p')); }));
  };
  const auto overhead = padded(1000).size() - 1000;
  EXPECT_TRUE(read_record(padded(record_max - overhead)).has_value());
  EXPECT_FALSE(read_record(padded(record_max - overhead + 1)).has_value());
}
TEST(SealedRecord, OfAnUnknownKindIsReadAndPassedOn) {
  const auto raw = raw_of(body_of(200, "some subject", nothing_more));
  const auto r = read_record(raw);
  ASSERT_TRUE(r.has_value()) << r.error().message;
  EXPECT_EQ(static_cast<int>(r->head.kind), 200);
  EXPECT_EQ(r->head.subject, "some subject");
  EXPECT_EQ(r->raw, raw);
  EXPECT_TRUE(is_genuine(*r, mesh(), keys()));
}
TEST(SealedRecord, KeepsFieldsThatItDoesNotKnow) {
  const auto raw = raw_of(body_of(static_cast<std::uint64_t>(record_kind::liveness), keys().own_key().view(), [](field_writer& fields) {
    fields.natural(16, 9);
    fields.text(126, "from a newer build");
  }));
  const auto r = read_record(raw);
  ASSERT_TRUE(r.has_value()) << r.error().message;
  EXPECT_EQ(r->raw, raw);
  EXPECT_TRUE(is_genuine(*r, mesh(), keys()));
  EXPECT_EQ(read_liveness(*r)->incarnation, 9u);
}
TEST(SealedRecord, RefusesAHeadThatIsOutOfBounds) {
  const auto reads = [](std::uint64_t kind, std::string_view subject) { return read_record(raw_of(body_of(kind, subject, nothing_more))).has_value(); };
  EXPECT_TRUE(reads(255, ""));
  EXPECT_FALSE(reads(0, ""));
  EXPECT_FALSE(reads(256, ""));
  EXPECT_TRUE(reads(200, std::string(name_max, 'x')));
  EXPECT_FALSE(reads(200, std::string(name_max + 1, 'x')));
  const auto backend = static_cast<std::uint64_t>(record_kind::backend);
  EXPECT_TRUE(reads(backend, "gpu-1"));
  EXPECT_FALSE(reads(backend, ""));  // then it would be the signer's key
  for (const std::string name : {"GPU", "a b", "a/b", "\xff", "a_b"}) EXPECT_FALSE(reads(backend, name)) << name;
  EXPECT_TRUE(reads(backend, std::string(label_max, 'x')));
  EXPECT_FALSE(reads(backend, std::string(label_max + 1, 'x')));
  for (auto kind : {record_kind::member, record_kind::eviction, record_kind::succession, record_kind::accusation}) {
    EXPECT_TRUE(reads(static_cast<std::uint64_t>(kind), other().view()));
    EXPECT_FALSE(reads(static_cast<std::uint64_t>(kind), "not a key"));
  }
}
TEST(SealedRecord, RefusesADescriptionOfSomebodyElse) {
  for (auto kind : {record_kind::node, record_kind::liveness})
    EXPECT_FALSE(read_record(raw_of(body_of(static_cast<std::uint64_t>(kind), other().view(), nothing_more))).has_value());
}
TEST(SealedRecord, BringsTimesOfBrokenClocksIntoBounds) {
  auto by = author();
  by.stamp_ms = -5;
  EXPECT_EQ(read_record(seal(by, a_liveness()).raw)->head.stamp_ms, 0);
  by.stamp_ms = INT64_MAX;
  EXPECT_EQ(read_record(seal(by, a_liveness()).raw)->head.stamp_ms, wall_ms_max);
}
TEST(SealedRecord, WithoutBytesHasNoBody) {
  EXPECT_EQ(sealed_record{}.body(), "");
  EXPECT_FALSE(is_genuine(sealed_record{}, mesh(), keys()));
  EXPECT_FALSE(read_member(sealed_record{{}, {record_kind::member, "", {}, 0}, ""}).has_value());
}

TEST(MemberRecord, SurvivesTheWire) {
  const auto m = read_member(seal(author(), a_member()));
  ASSERT_TRUE(m.has_value()) << m.error().message;
  EXPECT_EQ(m->subject, other());
  EXPECT_EQ(m->name, "fra-1");
  EXPECT_EQ(m->site, "fra");
  EXPECT_EQ(m->role, node_role::full);
  EXPECT_EQ(m->clearance, "confidential");
  EXPECT_EQ(m->not_after, 1'800'000'000);
}
TEST(MemberRecord, ReadsARoleThatItDoesNotKnowAsTheLowest) {
  const auto r = made_of(record_kind::member, other().view(), [](field_writer& fields) {
    fields.text(16, "n");
    fields.natural(18, 9);
  });
  EXPECT_EQ(read_member(r)->role, node_role::edge);
}
TEST(MemberRecord, RefusesNamesOutsideTheirAlphabet) {
  for (const std::string name : {"", "Fra", "a b", "a.b", "\xc3\xa9"}) {
    auto body = a_member();
    body.name = name;
    EXPECT_FALSE(read_member(seal(author(), body)).has_value()) << name;
  }
  auto body = a_member();
  body.site = "not a site";
  EXPECT_FALSE(read_member(seal(author(), body)).has_value());
}
TEST(EvictionRecord, SurvivesTheWire) {
  const auto e = read_eviction(seal(author(), an_eviction()));
  ASSERT_TRUE(e.has_value());
  EXPECT_EQ(e->subject, other());
  EXPECT_EQ(e->since_ms, 1'790'000'000'001);
}
TEST(SuccessionRecord, NeedsTheConsentOfTheNewKey) {
  const auto s = read_succession(seal(author(), a_succession()));
  ASSERT_TRUE(s.has_value());
  EXPECT_EQ(s->old_key, keys().own_key());
  EXPECT_EQ(s->new_key, other());
  EXPECT_TRUE(is_consented(*s, mesh(), keys()));
  auto forged = *s;
  forged.old_key = fake_signing::key(9);
  EXPECT_FALSE(is_consented(forged, mesh(), keys()));
  auto elsewhere = mesh();
  elsewhere.bytes[3] ^= 4;
  EXPECT_FALSE(is_consented(*s, elsewhere, keys()));
  EXPECT_FALSE(read_succession(made_of(record_kind::succession, other().view(), nothing_more)).has_value());
}
TEST(NodeRecord, SurvivesTheWire) {
  const auto n = read_node(seal(author(), a_node()));
  ASSERT_TRUE(n.has_value()) << n.error().message;
  const auto expected = a_node();
  EXPECT_EQ(n->mesh_address, expected.mesh_address);
  EXPECT_EQ(n->peer_address, expected.peer_address);
  EXPECT_EQ(n->public_url, expected.public_url);
  EXPECT_EQ(n->build, expected.build);
  EXPECT_EQ(n->version_min, 1);
  EXPECT_EQ(n->version_max, 2);
  EXPECT_EQ(n->features, expected.features);
  EXPECT_EQ(n->links, expected.links);
  EXPECT_EQ(n->undialled, expected.undialled);
  EXPECT_TRUE(n->is_draining);
}
TEST(NodeRecord, LeavesOutAddressesThatAreNone) {
  auto body = a_node();
  body.mesh_address = "no port";
  body.peer_address = "host:0";
  body.public_url = "ftp://example.net";
  const auto n = read_node(seal(author(), body));
  ASSERT_TRUE(n.has_value()) << n.error().message;
  EXPECT_EQ(n->mesh_address + n->peer_address + n->public_url, "");
}
TEST(NodeRecord, RefusesAddressesThatAreNone) {
  for (const int key : {16, 17, 18})
    for (const std::string text : {"nowhere", "host:0", "host:1\n", "http://u:p@host", "\xff"})
      EXPECT_FALSE(read_node(made_of(record_kind::node, keys().own_key().view(), [&](field_writer& f) { f.text(key, text); })).has_value()) << text;
}
TEST(NodeRecord, CutsListsAtTheirBounds) {
  auto body = a_node();
  body.features.assign(features_max + 10, std::string(feature_name_max, 'f'));
  body.links.assign(links_told_max + 10, other());
  body.undialled.assign(links_told_max + 10, other());
  const auto sealed = seal(author(), body);
  EXPECT_LE(sealed.raw.size(), record_max);
  const auto n = read_node(sealed);
  ASSERT_TRUE(n.has_value()) << n.error().message;
  EXPECT_EQ(n->features.size(), features_max);
  EXPECT_EQ(n->links.size(), links_told_max);
  EXPECT_EQ(n->undialled.size(), links_told_max);
}
TEST(BackendRecord, SurvivesTheWire) {
  const auto b = read_backend(seal(author(), a_backend()));
  ASSERT_TRUE(b.has_value()) << b.error().message;
  const auto expected = a_backend();
  EXPECT_EQ(b->name, expected.name);
  EXPECT_EQ(b->id, expected.id);
  EXPECT_EQ(b->kind, expected.kind);
  EXPECT_EQ(b->offer, expected.offer);
  EXPECT_EQ(b->data_class, expected.data_class);
  EXPECT_TRUE(b->data_class_configured);
  EXPECT_TRUE(b->remote_media);
  EXPECT_EQ(b->priority, expected.priority);
  EXPECT_EQ(b->health, expected.health);
  EXPECT_FALSE(b->is_open);
  EXPECT_TRUE(b->is_draining);
  EXPECT_TRUE(b->is_gone);
  EXPECT_EQ(b->load.in_flight, 12);
  EXPECT_EQ(b->load.waiting, 3);
  EXPECT_EQ(b->load.slots, 16);
  EXPECT_EQ(b->load.concurrency, 200);
  EXPECT_EQ(b->content, expected.content);
  EXPECT_EQ(b->content_size, expected.content_size);
  EXPECT_EQ(b->share, expected.share);
  EXPECT_EQ(b->claim, expected.claim);
  EXPECT_EQ(b->seen, expected.seen);
}
TEST(BackendRecord, TellsTheFirstClaimsAloneWhenThereAreTooMany) {
  backend_body b = a_backend();
  b.seen.assign(claims_seen_max + 5, 7);
  EXPECT_EQ(read_backend(seal(author(), b))->seen.size(), claims_seen_max);
}
TEST(BackendRecord, WithUsualValuesSurvivesTheWireToo) {
  backend_body plain;
  plain.name = "b";
  const auto b = read_backend(seal(author(), plain));
  ASSERT_TRUE(b.has_value());
  EXPECT_EQ(b->offer, backend_offer::mesh);
  EXPECT_TRUE(b->is_open);
  EXPECT_FALSE(b->is_gone);
  EXPECT_TRUE(b->content.is_zero());
}
TEST(BackendRecord, ReadsValuesThatItDoesNotKnowAsTheSafest) {
  const auto r = made_of(record_kind::backend, "b", [](field_writer& fields) {
    fields.natural(17, 99);
    fields.natural(18, 99);
    fields.natural(23, 99);
  });
  const auto b = read_backend(r);
  ASSERT_TRUE(b.has_value());
  EXPECT_EQ(b->kind, backend_kind::openai);
  EXPECT_EQ(b->offer, backend_offer::node);
  EXPECT_EQ(b->health, backend_health::unknown);
  EXPECT_EQ(read_backend(made_of(record_kind::backend, "b", nothing_more))->offer, backend_offer::node);
  const auto automatic = made_of(record_kind::backend, "b", [](field_writer& fields) { fields.natural(17, 0, std::nullopt); });
  EXPECT_EQ(read_backend(automatic)->kind, backend_kind::openai);
}
TEST(BackendRecord, BoundsLoadOnBothSides) {
  auto body = a_backend();
  body.load = {-5, 2'000'000'000, -1, 7};
  const auto b = read_backend(seal(author(), body));
  ASSERT_TRUE(b.has_value());
  EXPECT_EQ(b->load.in_flight, 0);
  EXPECT_EQ(b->load.waiting, load_max);
  EXPECT_FALSE(read_backend(made_of(record_kind::backend, "b", [](field_writer& f) { f.natural(27, load_max + 1); })).has_value());
  EXPECT_FALSE(read_backend(made_of(record_kind::backend, "b", [](field_writer& f) { f.natural(32, content_max + 1); })).has_value());
}
TEST(SealedRecord, SpeaksOfItsSignerWhenItNamesNobody) {
  const auto r = made_of(record_kind::liveness, "", nothing_more);
  EXPECT_EQ(r.head.subject, keys().own_key().view());
  EXPECT_EQ(made_of(record_kind::liveness, keys().own_key().view(), nothing_more).head.subject, r.head.subject);
  EXPECT_EQ(read_record(seal(author(), a_node()).raw)->head.subject, keys().own_key().view());
  auto founding = a_member();
  founding.subject = keys().own_key();
  EXPECT_EQ(read_member(*read_record(seal(author(), founding).raw))->subject, keys().own_key());
}
TEST(LivenessRecord, MayTellAnotherIncarnationThanItsVersions) {
  for (const std::uint64_t incarnation : {std::uint64_t{0}, author().version.incarnation, std::uint64_t{5}, ~std::uint64_t{0}})
    EXPECT_EQ(read_liveness(*read_record(seal(author(), liveness_body{incarnation, false}).raw))->incarnation, incarnation);
}
TEST(LivenessRecord, IsSmall) { EXPECT_LE(seal(author(), liveness_body{author().version.incarnation, false}).raw.size(), 130u); }
TEST(LivenessRecord, SurvivesTheWire) {
  const auto l = read_liveness(seal(author(), a_liveness()));
  ASSERT_TRUE(l.has_value());
  EXPECT_EQ(l->incarnation, 1'790'000'000u);
  EXPECT_TRUE(l->is_leaving);
}
TEST(AccusationRecord, SurvivesTheWire) {
  const auto a = read_accusation(seal(author(), an_accusation()));
  ASSERT_TRUE(a.has_value());
  EXPECT_EQ(a->subject, other());
  EXPECT_EQ(a->incarnation, 1'789'999'999u);
  EXPECT_EQ(a->verdict, accused_of::dead);
}
TEST(AccusationRecord, RefusesAVerdictThatItDoesNotKnow) {
  for (const std::uint64_t verdict : {0, 3, 255})
    EXPECT_FALSE(read_accusation(made_of(record_kind::accusation, other().view(), [&](field_writer& f) { f.natural(17, verdict); })).has_value());
}
TEST(Records, OfOneKindAreNotReadAsAnother) {
  for (const auto& [name, sealed] : records_of_each_kind()) {
    EXPECT_EQ(read_member(sealed).has_value(), name == "member") << name;
    EXPECT_EQ(read_eviction(sealed).has_value(), name == "eviction") << name;
    EXPECT_EQ(read_succession(sealed).has_value(), name == "succession") << name;
    EXPECT_EQ(read_node(sealed).has_value(), name == "node") << name;
    EXPECT_EQ(read_backend(sealed).has_value(), name == "backend") << name;
    EXPECT_EQ(read_liveness(sealed).has_value(), name == "liveness") << name;
    EXPECT_EQ(read_accusation(sealed).has_value(), name == "accusation") << name;
  }
}

}  // namespace
}  // namespace edgemesh::proto
