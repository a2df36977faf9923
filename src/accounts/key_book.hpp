// The keys and groups of a node as an operator changes them. An operation looks at the book and answers with a change, or with an error and
// no change; whoever owns the book writes the change's records to disk and then applies it, before it joins or changes anything else.
// Secrets are made here, told once in the answer and kept as hashes. No clock, no disk: what an operation needs is passed in. One owner.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/access.hpp"
#include "accounts/account_table.hpp"
#include "accounts/actor.hpp"
#include "admission/key_token.hpp"
#include "base/secret.hpp"
#include "domain/audit.hpp"
#include "domain/store_id.hpp"

namespace edgemesh::accounts {

struct import_entry;

struct record_change {
  subject_kind kind = subject_kind::key;
  std::string id;
  proto::policy_body body;  ///< all that is known of it
};

struct book_change {
  std::vector<record_change> records;
  int status = 200;
  std::string body;                     ///< the answer, JSON; may hold a new secret: never logged
  std::vector<audit_entry> audit;       ///< without numbers
  std::vector<std::string> ended_keys;  ///< whose running requests are to be cut: revoked, or disabled by themselves or a group
  std::uint64_t version = 0;            ///< of the book that it was made from
};

class key_book {
 public:
  static constexpr std::size_t import_lines_max = 100'000, import_bytes_max = 64u << 20;
  static constexpr std::int64_t grace_default_s = 24 * 3600, grace_max_s = 400LL * 24 * 3600;

  struct options {
    data_classes classes;
    store_id store;                  ///< whose writes these are
    std::vector<store_id> former{};  ///< names under which this store wrote before it found that another one does
    admission::random_fill random;
  };
  explicit key_book(options o) : options_(std::move(o)), table_(options_.classes) {}

  /// From disk, before anything else. False: an id that is none, or a bound.
  bool load(const subject_name& name, proto::policy_body body) { return table_.put(name, replication::policy_registers(std::move(body))); }
  /// False, and nothing is changed: the book is another one than when this change was made.
  bool apply(const book_change& change);
  bool is_current(const book_change& change) const noexcept { return change.version == version_; }
  /// What another node knows of a subject. `is_copied`: nothing was changed; it shows that another store writes under this one's name, or that this
  /// store is older than it was: it is to take another name (take_store, first on disk), and then to join this again.
  struct join_outcome {
    bool changed = false, fits = true;
    std::vector<std::string> ended_keys;
    bool is_copied = false;
    std::vector<audit_entry> audit;  ///< edits that lost against others made at the same time; without numbers and times
  };
  join_outcome join(const subject_name& name, const proto::policy_body& other);
  void take_store(const store_id& fresh);

  using outcome = openai::api_result<book_change>;
  // Errors of all of them: 400 with the field, 403 insufficient_role, 404 key_not_found or group_not_found, 409.
  outcome create_key(std::string_view json, const act& a) const;                    ///< 201, with `key` this once
  outcome update_key(std::string_view id, std::string_view json, const act& a) const;
  outcome revoke_key(std::string_view id, const act& a) const;                      ///< for ever; again: nothing changes
  /// {"grace": "24h" or seconds}; an empty body too. The secrets so far end then, or earlier where they did already.
  outcome rotate_key(std::string_view id, std::string_view json, const act& a) const;
  /// Lines of JSON, a JSON array, or what LiteLLM lists: all of them or none. Errors name the line. See import_reading.hpp.
  outcome import_keys(std::string_view text, const act& a) const;
  /// Groups by id or by name.
  outcome create_group(std::string_view json, const act& a) const;
  outcome update_group(std::string_view id, std::string_view json, const act& a) const;
  outcome delete_group(std::string_view id, const act& a) const;                    ///< 409 group_in_use while anything stands under it

  /// For a new store: role admin, name "first admin".
  struct first_key {
    book_change change;
    secret token;
  };
  first_key first_admin_key(const act& a) const;

  const account_table& table() const noexcept { return table_; }

 private:
  struct import_sum;
  using registers_result = openai::api_result<replication::policy_registers>;
  book_change begin(int status = 200) const;
  std::string free_id(subject_kind kind) const;
  replication::policy_registers::writer writer_of(const act& a) const { return {options_.store, a.stamp, a.by.key_id}; }
  refusal resolve_group(key_policy& policy, const act& a) const;
  refusal check_group(group_policy& policy, std::string_view own_id) const;
  /// Fresh registers with all that is not default.
  registers_result made(const std::map<std::uint8_t, std::string>& fields, const act& a) const;
  refusal refuse_without_admin(std::string_view id, const act& a) const;
  registers_result changeable_key(std::string_view id, const act& a) const;
  openai::api_result<subject_name> changeable_group(std::string_view id_or_name, const act& a) const;
  refusal import_one(import_entry& entry, const act& a, import_sum& sum) const;

  options options_;
  account_table table_;
  std::uint64_t version_ = 0;
};

}  // namespace edgemesh::accounts
