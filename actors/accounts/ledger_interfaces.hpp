// The ledger: the one actor that writes down who used what, who changed what and who was turned away, on a thread of its own. Every message
// that it takes; all are local to the process. What it shares with the shards beside messages stands in accounts_shared.
#pragma once
#include <atomic>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/accounts/spent_before.hpp"
#include "actors/admin/audit_page.hpp"
#include "actors/runtime/event_loop.hpp"
#include "actors/runtime/reply_slot.hpp"
#include "admission/usage_report.hpp"
#include "domain/audit.hpp"
#include "domain/usage.hpp"
#include "http/ports.hpp"
#include "store/store.hpp"

namespace edgemesh::actors {

/// Flags and counts of the account book. Any thread; outlives the ledger and the shards.
struct accounts_shared {
  std::atomic<bool> is_closed{false};        ///< the disk is full or fails: requests are refused instead of going unrecorded
  std::atomic<bool> is_low{false};           ///< there is less room than is to be kept free: sums alone are written
  std::atomic<std::uint64_t> records{0};     ///< on record
  std::atomic<std::uint64_t> failures{0};    ///< records that are lost: a journal was full, or somebody damaged it
};

using key_names = std::unordered_map<std::string, admission::key_facts>;

struct ledger_tick {};                                  ///< its own timer
struct policy_changed { std::vector<store::change> changes; std::vector<audit_entry> audit; reply_slot<bool> reply; };
struct spending_unknown { std::vector<unspent_budget> budgets; };  ///< to be restored from the account book
struct backup_asked { std::string folder, actor; reply_slot<http::admin_answer> reply; };
struct ledger_ends {};                                  ///< the last message: all before it is written
struct turned_away { std::string key, route, code; };   ///< many alike become one entry
/// `names`: what is known of keys, for reports by owner and tag.
struct usage_asked { admission::usage_question question; std::shared_ptr<const key_names> names; reply_slot<http::admin_answer> reply; };
struct audit_asked { audit_question question; reply_slot<http::admin_answer> reply; };

using ledger_actor = caf::typed_actor<caf::reacts_to<ledger_tick>,
                                      caf::reacts_to<policy_changed>, caf::reacts_to<turned_away>, caf::reacts_to<usage_asked>, caf::reacts_to<audit_asked>, caf::reacts_to<ledger_ends>,
                                      caf::reacts_to<spending_unknown>, caf::reacts_to<backup_asked>>;

}  // namespace edgemesh::actors

#define EDGEMESH_LOCAL_MESSAGE(name) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(edgemesh::actors::name)
EDGEMESH_LOCAL_MESSAGE(ledger_tick)
EDGEMESH_LOCAL_MESSAGE(policy_changed)
EDGEMESH_LOCAL_MESSAGE(backup_asked)
EDGEMESH_LOCAL_MESSAGE(ledger_ends)
EDGEMESH_LOCAL_MESSAGE(spending_unknown)
EDGEMESH_LOCAL_MESSAGE(turned_away)
EDGEMESH_LOCAL_MESSAGE(usage_asked)
EDGEMESH_LOCAL_MESSAGE(audit_asked)
#undef EDGEMESH_LOCAL_MESSAGE
