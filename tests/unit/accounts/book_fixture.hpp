// A book with a seeded source of chance, whose changes are applied as its owner would, and words to look at answers. For this room's tests.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "accounts/key_book.hpp"
#include "accounts/views.hpp"
#include "base/random_source.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"

namespace edgemesh::accounts {

inline constexpr std::int64_t noon_s = 1'800'000'000;  // 2027-01-15T08:00:00Z

inline actor_facts admin() { return {"adminkey01", key_role::admin, ""}; }

inline std::string field(const std::string& text, std::string_view name) {
  EXPECT_FALSE(json::validate(text)) << text;
  const auto v = json::value::first_in(text)[name];
  return v.text().value_or(std::string(v.raw()));
}

struct book_fixture {
  explicit book_fixture(int store = 1) : book(options_of(store)) {}

  static key_book::options options_of(int store) {
    key_book::options o;
    o.store.bytes[0] = static_cast<std::uint8_t>(store);
    o.random = [rng = random_source(static_cast<std::uint64_t>(store))](std::span<std::uint8_t> out) mutable {
      for (auto& b : out) b = static_cast<std::uint8_t>(rng.next());
    };
    return o;
  }

  /// A millisecond later each time.
  act by(actor_facts who = admin()) {
    ++now_ms;
    return {std::move(who), wall_time(milliseconds(now_ms)), replication::hybrid_time::at(now_ms)};
  }
  book_change done(key_book::outcome outcome) {
    if (!outcome) {
      ADD_FAILURE() << outcome.error().body();
      return {};
    }
    EXPECT_TRUE(book.apply(*outcome));
    EXPECT_FALSE(book.is_current(*outcome));
    return std::move(*outcome);
  }
  /// "status code param" of a refusal; nothing was changed by it.
  static std::string refused(const key_book::outcome& outcome) {
    if (outcome) return "was done";
    const auto& e = outcome.error();
    return std::to_string(e.status) + " " + e.code.value_or("") + (e.param ? " " + *e.param : "");
  }
  /// A change that makes this empty book what that one is.
  book_change copy_of(const book_fixture& other) const {
    book_change change;
    for (const auto& [id, r] : other.book.table().keys()) change.records.push_back({subject_kind::key, id, r.body()});
    for (const auto& [id, r] : other.book.table().groups()) change.records.push_back({subject_kind::group, id, r.body()});
    return change;
  }
  std::string new_key(std::string_view json, const actor_facts& who = admin()) {
    return field(done(book.create_key(json, by(who))).body, "id");
  }
  std::string new_group(std::string_view json) { return field(done(book.create_group(json, by())).body, "id"); }
  key_policy policy(const std::string& id) const { return book.table().key(id).value().policy; }
  std::string page(const std::string& id) { return key_page(book.table(), id, by()).value(); }

  std::int64_t now_ms = noon_s * 1000;
  key_book book;
};

}  // namespace edgemesh::accounts
