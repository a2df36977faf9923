// Keys and groups as JSON for whoever may see them: never a hash, never a secret. Pure; any thread that may read the table.
#pragma once
#include <string>
#include <string_view>

#include "accounts/access.hpp"
#include "accounts/account_table.hpp"
#include "json/writer.hpp"

namespace edgemesh::accounts {

/// One page of a list, in the order of ids.
struct page_request {
  static constexpr std::size_t limit_default = 100, limit_max = 1000;
  std::size_t limit = limit_default;
  std::string after;  ///< id; "" from the first
  std::string group;  ///< id or name: its keys, or the groups under it; "" all
};
/// From `limit=&after=&group=` (of groups: `parent=` means the same). Errors: 400, naming what was not understood.
openai::api_result<page_request> read_page_request(std::string_view query);

/// Errors: 403 insufficient_role, 404 key_not_found, group_not_found.
openai::api_result<std::string> key_page(const account_table& table, std::string_view id, const act& a);
openai::api_result<std::string> group_page(const account_table& table, std::string_view id_or_name, const act& a);
/// {"data":[…],"next":id or null}. A group-admin sees its own group alone.
openai::api_result<std::string> keys_page(const account_table& table, const page_request& page, const act& a);
openai::api_result<std::string> groups_page(const account_table& table, const page_request& page, const act& a);

/// Of registers that need not be in the table yet. An open object: the caller may add members and ends it.
void begin_key(json::writer& out, const account_table& table, std::string_view id, const replication::policy_registers& registers,
               std::int64_t now_s);
void begin_group(json::writer& out, const account_table& table, std::string_view id, const replication::policy_registers& registers);

/// By id, else by name. 404 group_not_found, 409 group_ambiguous.
openai::api_result<std::string> find_group(const account_table& table, std::string_view id_or_name, const std::string& param = "group");

}  // namespace edgemesh::accounts
