// Answers questions about the account book and the audit log, on a thread of its own: a report over a year does not hold up the ledger.
// Detached: it waits for the disk. The ledger makes it, ends it, and hands it what it was asked.
#pragma once
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "actors/accounts/ledger_interfaces.hpp"
#include "base/clock.hpp"

namespace edgemesh::actors {

struct usage_read { usage_asked asked; };
/// With the latest numbers: a question may ask for the newest.
struct audit_read { audit_asked asked; std::uint64_t last_request = 0, last_entry = 0; };

using account_reader_actor = caf::typed_actor<caf::reacts_to<usage_read>, caf::reacts_to<audit_read>>;

struct account_reader_deps {
  std::shared_ptr<store::store> disk;
  std::string node;  ///< for the watermark of reports
  std::function<wall_time()> wall;
};

account_reader_actor::behavior_type account_reader(account_reader_actor::pointer self, const account_reader_deps& deps);

/// 503: the words are for the one who asked, an operator.
http::admin_answer store_failed(std::string_view why);

}  // namespace edgemesh::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(edgemesh::actors::usage_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(edgemesh::actors::audit_read)
