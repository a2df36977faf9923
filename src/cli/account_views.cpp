#include "cli/account_views.hpp"

#include <set>
#include <vector>

#include "cli/node_views.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"

namespace edgemesh::cli {
namespace {

/// "all" where there is no list.
std::string list_text(json::value list) { return list.absent_or_null() ? "all" : list.size() == 0 ? "none" : joined(list); }

std::string state_of(json::value one) {
  if (one["revoked"].boolean() == true) return "revoked";
  if (one["deleted"].boolean() == true) return "deleted";
  if (one["unreadable"].boolean() == true) return "not understood";
  return one["disabled"].boolean() == true ? "disabled" : "";
}

std::string limits_text(json::value limits) {
  std::string out;
  const auto add = [&](const char* name, const char* unit) {
    const auto v = scalar_text(limits[name]);
    if (!v.empty()) out += (out.empty() ? "" : ", ") + v + unit;
  };
  add("requests_per_minute", " rpm");
  add("tokens_per_minute", " tpm");
  add("concurrency", " at once");
  return out;
}

/// Millionths of the currency as people write them.
std::string money_text(json::value millionths) {
  const auto v = millionths.integer();
  if (!v) return scalar_text(millionths);
  std::string fraction = std::to_string(*v % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(*v / 1'000'000) + "." + fraction;
}

}  // namespace

std::string budget_text(json::value budget) {
  if (budget.absent_or_null()) return "";
  return scalar_text(budget["amount"]) + (budget["unit"].equals("tokens") ? " tokens" : "") + "/" + scalar_text(budget["period"]);
}

std::string keys_view(json::value answer) {
  text_table table({"ID", "NAME", "ROLE", "GROUP", "OWNER", "MODELS", "LIMITS", "BUDGET", "EXPIRES", "STATE"});
  for (const auto k : answer["data"].elements())
    table.add({scalar_text(k["id"]), scalar_text(k["name"]), scalar_text(k["role"]), scalar_text(k["group_name"]), scalar_text(k["owner"]),
               list_text(k["models"]), limits_text(k["limits"]), budget_text(k["budget"]), scalar_text(k["expires_at"]), state_of(k)});
  return table.empty() ? "no keys\n" : table.to_string();
}

std::string groups_view(json::value answer) {
  text_table table({"ID", "NAME", "PARENT", "KEYS", "MODELS", "LIMITS", "BUDGET", "STATE"});
  for (const auto g : answer["data"].elements())
    table.add({scalar_text(g["id"]), scalar_text(g["name"]), scalar_text(g["parent_name"]), scalar_text(g["keys"]), list_text(g["models"]),
               limits_text(g["limits"]), budget_text(g["budget"]), state_of(g)});
  return table.empty() ? "no groups\n" : table.to_string();
}

std::string account_view(json::value one) {
  std::string out;
  const auto line = [&](const char* name, const std::string& text) {
    if (!text.empty()) out += std::string(name) + std::string(std::max<std::size_t>(1, 13 - std::string_view(name).size()), ' ') + printable(text) + "\n";
  };
  const auto text = [&](const char* name) { return scalar_text(one[name]); };
  line("id", text("id"));
  line("name", text("name"));
  line("state", state_of(one));
  line("role", text("role"));
  line("owner", text("owner"));
  line("group", scalar_text(one["group_name"]));
  line("parent", scalar_text(one["parent_name"]));
  line("keys", text("keys"));
  line("tags", one["tags"].size() > 0 ? joined(one["tags"]) : "");
  line("models", list_text(one["models"]));
  line("backends", list_text(one["backends"]));
  line("sites", list_text(one["sites"]));
  line("data class", text("data_class"));
  line("limits", limits_text(one["limits"]));
  for (const auto& m : one["limits"]["models"].members()) line(("  " + m.key.text_or("")).c_str(), limits_text(m.val));
  line("budget", budget_text(one["budget"]));
  line("max tokens", text("max_tokens"));
  line("expires", text("expires_at"));
  line("created", text("created_at"));
  line("changed", text("changed_at"));
  return out;
}

std::string import_view(json::value answer) {
  std::string out = scalar_text(answer["imported"]) + " keys imported";
  if (const auto same = scalar_text(answer["unchanged"]); !same.empty() && same != "0") out += ", " + same + " were there already";
  out += "\n";
  for (const auto& left : answer["left_out"].members())
    out += "left out: " + printable(left.key.text_or("")) + " of " + scalar_text(left.val) + "\n";
  return out;
}

std::string usage_view(json::value answer) {
  constexpr std::string_view counts[] = {"requests", "prompt_tokens", "completion_tokens", "cached_tokens", "cost", "estimated", "waste_tokens"};
  const std::set<std::string_view> known(std::begin(counts), std::end(counts));
  std::vector<std::string> names;
  for (const auto row : answer["data"].elements()) {
    for (const auto& m : row.members())
      if (!known.contains(m.key.text_or(""))) names.push_back(m.key.text_or(""));
    break;
  }
  std::vector<std::string> heads = names;
  for (const auto name : {"REQUESTS", "PROMPT", "COMPLETION", "CACHED", "COST", "ESTIMATED", "WASTE"}) heads.emplace_back(name);
  text_table table(heads);
  for (const auto row : answer["data"].elements()) {
    std::vector<std::string> cells;
    for (const auto& name : names) cells.push_back(scalar_text(row[name]));
    for (const auto name : counts) cells.push_back(name == "cost" ? money_text(row[name]) : scalar_text(row[name]));
    table.add(std::move(cells));
  }
  if (table.empty()) return "nothing was used in that time\n";
  return table.to_string() + (answer["truncated"].boolean() == true ? "cut off: there are more rows\n" : "");
}

std::string audit_view(json::value answer) {
  std::string out;
  for (const auto e : answer["data"].elements()) {
    std::string line = scalar_text(e["number"]) + "  " + scalar_text(e["at"]) + "  " + scalar_text(e["action"]) + "  by " +
                       (e["actor"].empty_string() ? "-" : scalar_text(e["actor"]));
    if (const auto subject = scalar_text(e["subject"]); !subject.empty()) line += "  " + subject;
    line += "  " + scalar_text(e["outcome"]);
    for (const auto& d : e["details"].members()) line += "  " + d.key.text_or("") + "=" + (d.val.type() == json::kind::array ? joined(d.val) : scalar_text(d.val));
    out += printable(line) + "\n";
  }
  return out;
}

}  // namespace edgemesh::cli
