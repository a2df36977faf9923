#include "cli/mesh_views.hpp"

#include "cli/node_views.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"

namespace edgemesh::cli {
namespace {

std::string brief(json::value hex) { return scalar_text(hex).substr(0, 8); }

/// "label     text\n"; nothing when there is no text.
std::string line(std::string label, const std::string& text) {
  if (text.empty()) return "";
  label.resize(10, ' ');
  return label + text + "\n";
}

std::string own_line(json::value s) {
  std::string out = scalar_text(s["node"]);
  if (const auto site = scalar_text(s["site"]); !site.empty()) out += " at " + site;
  out += ", " + scalar_text(s["role"]) + ", data up to " + scalar_text(s["data_class"]) + ", key " + brief(s["key"]);
  if (const auto end = scalar_text(s["not_after"]); !end.empty()) out += ", member until " + end;
  return out;
}

std::string members_line(json::value m) {
  std::string out;
  for (const char* state : {"alive", "suspect", "dead", "left"})
    if (const auto count = scalar_text(m[state]); !count.empty() && (count != "0" || out.empty())) out += (out.empty() ? "" : ", ") + count + " " + state;
  return out;
}

/// Only when something is wrong with it.
std::string standing_line(const std::string& standing) {
  if (standing == "ended") return "this membership has ended: a full member invites this node again (serve --join), under its old key";
  if (standing == "evicted") return "this node is evicted: edgemesh mesh leave, then join with a new key";
  if (standing == "replaced") return "another key has taken the place of this node's: it runs from an old copy of its data directory";
  return standing == "unknown" ? "no record shows that this node is a member" : "";
}

std::string protocol_line(json::value p) {
  const auto in_use = scalar_text(p["in_use"]);
  if (in_use.empty()) return "";
  std::string out = in_use + ", this build speaks " + scalar_text(p["min"]) + " to " + scalar_text(p["max"]);
  if (const auto slow = joined(p["held_back_by"]); !slow.empty()) out += ", held back by " + slow;
  return out;
}

std::string clock_line(json::value clock) {
  const auto offset = clock["offset_ms"].number();
  if (!offset) return "";
  const auto apart = milliseconds_text(clock["offset_ms"]) + " from the peers' median";
  return clock["ok"].boolean() == false ? apart + ": set this machine's clock" : apart;
}

}  // namespace

std::string mesh_view(json::value s) {
  if (s["mesh"].absent_or_null())
    return "this node is in no mesh: `edgemesh mesh init` makes one, `edgemesh serve --join` joins one\n";
  std::string out = line("mesh", scalar_text(s["mesh"]));
  out += line("node", own_line(s));
  out += line("standing", standing_line(scalar_text(s["standing"])));
  out += line("members", members_line(s["members"]));
  out += line("links", scalar_text(s["links"]));
  out += line("listen", "mesh " + scalar_text(s["listen"]["mesh"]) + ", peer " + scalar_text(s["listen"]["peer"]));
  const auto dialled = scalar_text(s["advertise"]["mesh"]);
  out += line("dialled", dialled.empty() ? "by nobody: it dials others" : dialled);
  out += line("protocol", protocol_line(s["protocol"]));
  for (const auto& f : s["features"].elements())
    if (f["on"].boolean() == false) out += line("waiting", scalar_text(f["name"]) + ", for " + joined(f["held_back_by"]));
  out += line("clock", clock_line(s["clock"]));
  out += line("records", scalar_text(s["records"]));
  out += line("digest", scalar_text(s["digest"]));
  return printable(out, true);
}

std::string peers_view(json::value list) {
  text_table table({"NODE", "SITE", "ROLE", "DATA CLASS", "STATE", "LINK", "RTT", "AGE", "BACKENDS", "VERSION", "UNTIL", "KEY", "PROBLEM"});
  for (const auto& p : list["data"].elements())
    table.add({scalar_text(p["name"]), scalar_text(p["site"]), scalar_text(p["role"]), scalar_text(p["data_class"]), scalar_text(p["state"]),
               scalar_text(p["link"]), milliseconds_text(p["rtt_ms"]), seconds_text(p["heard_s"]), scalar_text(p["backends"]),
               scalar_text(p["version"]), scalar_text(p["not_after"]).substr(0, 10), brief(p["key"]), scalar_text(p["problem"])});
  return table.empty() ? "no peers\n" : table.to_string();
}

std::string eviction_view(json::value e) {
  std::string out = scalar_text(e["node"]) + " (" + brief(e["key"]) + ") is evicted";
  if (const auto since = scalar_text(e["since"]); !since.empty()) out += "; what it signed after " + since + " no longer counts";
  out += "\n";
  out += line("told", joined(e["acknowledged"], 32));
  out += line("waiting", joined(e["waiting"], 32));
  return printable(out, true);
}

}  // namespace edgemesh::cli
