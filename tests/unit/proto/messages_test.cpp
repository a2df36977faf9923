#include "proto/messages.hpp"

#include <gtest/gtest.h>

#include "proto/field_writer.hpp"
#include "proto/limits.hpp"
#include "tests/unit/proto/samples.hpp"

namespace edgemesh::proto {
namespace {

using namespace samples;
using namespace std::string_literals;

template <class Write>
std::string payload_of(Write write) {
  std::string out;
  field_writer fields(out);
  write(fields);
  fields.finish();
  return out;
}
template <class Message>
Message sent(const Message& m) {
  const auto back = decode(kind_of(m), encode(m));
  EXPECT_TRUE(back.has_value()) << back.error().message;
  return std::get<Message>(*back);
}
bool decodes(message_kind kind, const std::string& payload) { return decode(kind, payload).has_value(); }

TEST(Messages, OfEveryKindSurviveTheWire) {
  for (const auto& [name, m] : messages_of_each_kind()) {
    const auto bytes = encode(m);
    const auto back = decode(kind_of(m), bytes);
    ASSERT_TRUE(back.has_value()) << name << ": " << back.error().message;
    EXPECT_EQ(back->index(), m.index()) << name;
    EXPECT_EQ(encode(*back), bytes) << name;
  }
}
TEST(Messages, CarryEveryField) {
  const auto all = messages_of_each_kind();
  const auto h = sent(std::get<hello>(all[0].what));
  EXPECT_EQ(h.version_min, 1);
  EXPECT_EQ(h.version_max, 3);
  EXPECT_EQ(h.instance, std::string("\x00\xff id", 5));
  EXPECT_EQ(h.features, std::vector<std::string>{"usage"});
  EXPECT_EQ(h.wall_ms, 1'790'000'000'000);
  const auto p = sent(std::get<ping>(all[1].what));
  EXPECT_EQ(p.sequence, 77u);
  EXPECT_EQ(p.target, other());
  EXPECT_EQ(p.updates, std::get<rumours>(all[5].what).updates);
  EXPECT_EQ(sent(std::get<ack>(all[2].what)).wall_ms, 1'790'000'000'000);
  EXPECT_EQ(sent(std::get<ack>(all[2].what)).summary, 0xfedcba9876543210u);
  EXPECT_EQ(sent(std::get<ping_request>(all[4].what)).target, other());
  EXPECT_EQ(sent(std::get<records>(all[6].what)).raw, p.updates);
  const auto d = sent(std::get<digest>(all[7].what));
  EXPECT_EQ(d.summary, 0xfedcba9876543210u);
  EXPECT_EQ(d.buckets, std::get<digest>(all[7].what).buckets);
  const auto b = sent(std::get<bucket_keys>(all[8].what));
  EXPECT_EQ(b.bucket, 255);
  EXPECT_TRUE(b.is_answer);
  ASSERT_EQ(b.keys.size(), 2u);
  EXPECT_EQ(b.keys[0].key, ~0ull);
  EXPECT_EQ(b.keys[0].version, (record_version{1'790'000'000, 9}));
  EXPECT_EQ(b.keys[0].mark, 0xffffffffu);
  EXPECT_EQ(sent(std::get<want>(all[9].what)).keys, (std::vector<std::uint64_t>{1, ~0ull, 0x0123456789abcdefu}));
  const auto f = sent(std::get<fetch>(all[10].what));
  EXPECT_EQ(f.hash, keys().hash("content"));
  EXPECT_EQ(f.offset, 49'152u);
  const auto c = sent(std::get<chunk>(all[11].what));
  EXPECT_EQ(c.total, 70'000u);
  EXPECT_EQ(c.bytes, std::get<chunk>(all[11].what).bytes);
  EXPECT_EQ(sent(beat_back{81}).sequence, 81u);
}
TEST(Messages, AreRefusedTruncatedAtEveryByteAndWithMoreAfterThem) {
  for (const auto& [name, m] : messages_of_each_kind()) {
    const auto bytes = encode(m);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(decode(kind_of(m), std::string_view(bytes).substr(0, size)).has_value()) << name << " " << size;
    EXPECT_FALSE(decode(kind_of(m), bytes + '\xc0').has_value()) << name;
  }
}
TEST(Messages, IgnoreFieldsThatTheyDoNotKnow) {
  for (const auto& [name, m] : messages_of_each_kind()) {
    auto bytes = encode(m);
    ASSERT_EQ(bytes[0] & 0xf0, 0x80) << name;  // a map of at most fifteen fields
    ++bytes[0];
    bytes += "\x7e\x92\x81\x05\xcb";
    bytes += std::string(8, '\x11');
    bytes += "\xc0";
    const auto back = decode(kind_of(m), bytes);
    ASSERT_TRUE(back.has_value()) << name << ": " << back.error().message;
    EXPECT_EQ(encode(*back), encode(m)) << name;
  }
}
TEST(Messages, TakeDefaultsForMissingFields) {
  for (const auto& [name, m] : messages_of_each_kind()) EXPECT_EQ(decodes(kind_of(m), "\x80"), name != "hello") << name;
  const auto h = decode(message_kind::hello, "\x82\x01\x09\x00\x02"s);
  ASSERT_TRUE(h.has_value());
  EXPECT_EQ(std::get<hello>(*h).version_max, 9);
  EXPECT_EQ(std::get<hello>(*h).instance, "");
  EXPECT_TRUE(std::get<ping>(*decode(message_kind::ping, "\x80")).target.is_zero());
}
TEST(Messages, OfUnknownKindsAreRefusedByName) {
  const auto r = decode(static_cast<message_kind>(200), "\x80");
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().message, "message: kind 200 is not known");
}
TEST(Messages, PassRecordsOnUnchanged) {
  auto raw = seal(author(), a_node()).raw;
  raw += "whatever a newer build made of it";
  EXPECT_EQ(sent(records{{raw}}).raw, std::vector<std::string>{raw});
}
TEST(Messages, CutListsAtTheirBounds) {
  EXPECT_EQ(sent(rumours{std::vector<std::string>(updates_max + 1, "u")}).updates.size(), updates_max);
  EXPECT_EQ(sent(records{std::vector<std::string>(records_max + 1, "r")}).raw.size(), records_max);
  EXPECT_EQ(sent(want{std::vector<std::uint64_t>(bucket_keys_max + 1, 5)}).keys.size(), bucket_keys_max);
}
TEST(Messages, OfFullKeyListsFitAFrame) {
  const key_version widest{~0ull, {~0ull, ~0ull}, ~0u};
  const bucket_keys full{255, true, std::vector<key_version>(bucket_keys_max + 5, widest)};
  EXPECT_LE(encode(full).size(), payload_max);
  EXPECT_EQ(sent(full).keys.size(), bucket_keys_max);
  EXPECT_LE(encode(chunk{keys().hash("c"), 1u << 20, content_max, std::string(content_chunk_max, 'x')}).size(), payload_max);
}
TEST(Messages, RefuseWhatIsOverABound) {
  const auto list = [](int key, std::size_t count, std::size_t size) {
    return payload_of([&](field_writer& f) { f.bytes_list(key, std::vector<std::string>(count, std::string(size, 'u')), count); });
  };
  EXPECT_TRUE(decodes(message_kind::ping, list(2, updates_max, 1)));
  EXPECT_FALSE(decodes(message_kind::ping, list(2, updates_max + 1, 1)));
  EXPECT_TRUE(decodes(message_kind::rumours, list(2, 1, record_max)));
  EXPECT_FALSE(decodes(message_kind::rumours, list(2, 1, record_max + 1)));
  EXPECT_FALSE(decodes(message_kind::records, list(0, records_max + 1, 1)));
  EXPECT_FALSE(decodes(message_kind::bucket_keys, payload_of([](field_writer& f) { f.natural(0, 256); })));
  EXPECT_FALSE(decodes(message_kind::digest, payload_of([](field_writer& f) { f.words(1, std::vector<std::uint64_t>(255)); })));
  EXPECT_FALSE(decodes(message_kind::digest, payload_of([](field_writer& f) { f.bytes(1, "1234567"); })));
  EXPECT_FALSE(decodes(message_kind::fetch, payload_of([](field_writer& f) { f.natural(1, content_max + 1); })));
  EXPECT_FALSE(decodes(message_kind::ping, payload_of([](field_writer& f) { f.natural(0, 1ull << 32); })));
  EXPECT_FALSE(decodes(message_kind::ping, payload_of([](field_writer& f) { f.bytes(1, "no key"); })));
  EXPECT_FALSE(decodes(message_kind::hello, encode(hello{1, 1, std::string(instance_max + 1, 'i'), {}, 0})));
  EXPECT_TRUE(decodes(message_kind::hello, encode(hello{1, 1, std::string(instance_max, 'i'), {}, 0})));
}
TEST(Messages, RefuseAChunkBeyondItsBlob) {
  const auto with = [](std::uint64_t offset, std::uint64_t total, std::size_t size) {
    return payload_of([&](field_writer& f) {
      f.natural(1, offset);
      f.natural(2, total);
      f.bytes(3, std::string(size, 'x'));
    });
  };
  EXPECT_TRUE(decodes(message_kind::chunk, with(90, 100, 10)));
  EXPECT_FALSE(decodes(message_kind::chunk, with(91, 100, 10)));
  EXPECT_FALSE(decodes(message_kind::chunk, with(0, 0, 1)));
  EXPECT_TRUE(decodes(message_kind::chunk, with(0, 0, 0)));
  EXPECT_FALSE(decodes(message_kind::chunk, with(0, content_max + 1, 1)));
  EXPECT_FALSE(decodes(message_kind::chunk, with(0, content_max, content_chunk_max + 1)));
}
TEST(Messages, RefuseAVersionRangeThatIsNone) {
  const auto with = [](std::uint64_t low, std::uint64_t high) {
    return payload_of([&](field_writer& f) {
      f.natural(0, low, std::nullopt);
      f.natural(1, high, std::nullopt);
    });
  };
  EXPECT_FALSE(decodes(message_kind::hello, "\x81\x00\x01"s));
  EXPECT_TRUE(decodes(message_kind::hello, with(1, 255)));
  EXPECT_FALSE(decodes(message_kind::hello, with(0, 1)));
  EXPECT_FALSE(decodes(message_kind::hello, with(3, 2)));
  EXPECT_FALSE(decodes(message_kind::hello, with(1, 256)));
}
TEST(Messages, AreMapsWithNumbersForKeysEachOnce) {
  EXPECT_TRUE(decodes(message_kind::beat, "\x81\x00\x05"s));
  EXPECT_TRUE(decodes(message_kind::beat, "\x81\xd0\x00\x05"s));      // a signed form of the same numbers
  EXPECT_FALSE(decodes(message_kind::beat, "\x82\x00\x05\x00\x05"s));  // twice
  EXPECT_FALSE(decodes(message_kind::beat, "\x81\xa1s\x05"s));         // a text as key
  EXPECT_FALSE(decodes(message_kind::beat, "\x81\xff\x05"s));          // -1
  EXPECT_FALSE(decodes(message_kind::beat, "\x81\xcc\x80\x05"s));      // 128
  EXPECT_FALSE(decodes(message_kind::beat, "\x81\x90\x05"s));          // an array
  EXPECT_FALSE(decodes(message_kind::beat, "\x81\xc3\x05"s));          // true
  EXPECT_FALSE(decodes(message_kind::beat, "\x81\x00\xff"s));          // -1 as a value
  EXPECT_FALSE(decodes(message_kind::beat, "\x81\x01\x82\x00\x05\x00\x05"s));  // twice, inside a field that is not known
  EXPECT_FALSE(decodes(message_kind::beat, "\x90"s));
  EXPECT_FALSE(decodes(message_kind::beat, "\x05"s));
  EXPECT_FALSE(decodes(message_kind::beat, ""s));
}
TEST(Messages, BelieveNoClaimedSize) {
  EXPECT_FALSE(decodes(message_kind::beat, "\x81\x00\xc6\xff\xff\xff\xff"s));      // bytes
  EXPECT_FALSE(decodes(message_kind::beat, "\x81\x00\xdd\xff\xff\xff\xff\x01"s));  // array
  EXPECT_FALSE(decodes(message_kind::beat, "\xdf\xff\xff\xff\xff\x01\x01"s));      // map
  EXPECT_FALSE(decodes(message_kind::beat, "\x81\x00\xc9\xff\xff\xff\xff\x01"s));  // extension
}
TEST(Messages, NestOnlyAsDeepAsTheBound) {
  const auto nested = [](int depth) { return "\x81\x7e" + std::string(static_cast<std::size_t>(depth - 1), '\x91') + "\x01"; };
  EXPECT_TRUE(decodes(message_kind::beat, nested(nesting_max)));
  EXPECT_FALSE(decodes(message_kind::beat, nested(nesting_max + 1)));
  EXPECT_FALSE(decodes(message_kind::beat, nested(60'000)));
}
TEST(Messages, HoldOnlySoManyValues) {
  const auto with = [](std::size_t count) {
    return payload_of([&](field_writer& f) { f.each(126, std::vector<int>(count), [](std::string& out, int) { write_natural(out, 1); }); });
  };
  EXPECT_TRUE(decodes(message_kind::beat, with(message_values_max - 2)));
  EXPECT_FALSE(decodes(message_kind::beat, with(message_values_max - 1)));
}
TEST(Messages, OverAFrameAreNotLookedAt) {
  const auto large = payload_of([](field_writer& f) { f.bytes(126, std::string(payload_max, 'x')); });
  EXPECT_EQ(decode(message_kind::beat, large).error().message, "message: too large");
}

}  // namespace
}  // namespace edgemesh::proto
