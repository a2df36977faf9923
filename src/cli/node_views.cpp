#include "cli/node_views.hpp"

#include <cstdio>

#include "base/units.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"

namespace edgemesh::cli {

std::string seconds_text(json::value v) {
  const auto number = v.number();
  if (!number || *number < 0 || *number > 1e9) return "";
  const double whole = *number < 10 ? *number : static_cast<double>(static_cast<std::int64_t>(*number));
  char buffer[32];
  if (*number < 120)
    std::snprintf(buffer, sizeof buffer, *number < 10 ? "%.1fs" : "%.0fs", whole);
  else
    std::snprintf(buffer, sizeof buffer, "%lldh%02lldm", static_cast<long long>(*number) / 3600,
                  static_cast<long long>(*number) / 60 % 60);
  return buffer;
}
std::string milliseconds_text(json::value v) {
  const auto number = v.number();
  if (!number) return "";
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, *number < 100 ? "%.1fms" : "%.0fms", *number);
  return buffer;
}

namespace {

std::string yes_no(json::value v) {
  const auto b = v.boolean();
  return b ? (*b ? "yes" : "no") : "";
}
/// "3 of 8", "3" without a limit.
std::string share(json::value used, json::value limit) {
  const auto most = limit.integer();
  return scalar_text(used) + (most && *most > 0 ? " of " + std::to_string(*most) : "");
}
std::string either(std::string first, std::string second) { return first.empty() ? second : first; }

/// Milliseconds as an age: "0.4s", "12s", "3h20m".
std::string age_text(json::value ms) {
  const auto number = ms.integer();
  return number && *number >= 0 ? seconds_text(json::value::exactly(std::to_string(*number / 1000.0))) : "";
}

/// "own", "0.4ms", "0.4ms via c", "down": how this node gets to a backend.
std::string way_text(json::value path) {
  if (path.absent_or_null()) return "";
  if (path["hops"].integer() == 0) return "own";
  if (const auto state = scalar_text(path["state"]); state != "up") return state;
  const auto via = scalar_text(path["via"]);
  return either(milliseconds_text(path["rtt_ms"]), "up") + (via.empty() ? "" : " via " + via);
}

/// What could not be had from whom; "" when everybody answered.
std::string missing_lines(json::value answer) {
  std::string out;
  for (const auto& m : answer["missing"].elements()) out += "missing: " + printable(scalar_text(m["node"])) + ": " + printable(scalar_text(m["why"])) + "\n";
  return out;
}

/// Of the youngest offer.
std::string youngest(json::value offers) {
  std::optional<json::value> best;
  for (const auto& o : offers.elements())
    if (const auto ms = o["age_ms"].integer(); ms && (!best || *ms < best->integer().value_or(0))) best = o["age_ms"];
  return best ? age_text(*best) : "";
}

std::string offered_by(json::value model) {
  std::string out;
  for (const auto& o : model["offers"].elements()) out += (out.empty() ? "" : ", ") + scalar_text(o["backend"]);
  return either(out, joined(model["backends"]));
}

}  // namespace

std::string scalar_text(json::value v) {
  if (v.absent_or_null() || v.type() == json::kind::object || v.type() == json::kind::array) return "";
  if (auto text = v.text()) return *text;
  return std::string(v.raw());
}

std::string joined(json::value list, std::size_t most) {
  std::string out;
  std::size_t count = 0;
  for (const auto& item : list.elements()) {
    if (count++ >= most) continue;
    const auto name = item.type() == json::kind::object ? either(scalar_text(item["id"]), scalar_text(item["name"])) : scalar_text(item);
    out += (out.empty() ? "" : ", ") + name;
  }
  if (count > most) out += " and " + std::to_string(count - most) + " more";
  return out;
}

namespace {

/// What `mesh status` says at length.
std::string mesh_summary(json::value m) {
  std::string out = "mesh      " + scalar_text(m["mesh"]).substr(0, 8) + ", " + scalar_text(m["role"]) + ":";
  for (const char* state : {"alive", "suspect", "dead", "left"})
    if (const auto n = m["members"][state].integer(); n && (*n > 0 || state == std::string_view("alive"))) out += " " + std::to_string(*n) + " " + state;
  out += ", " + scalar_text(m["links"]) + " links, " + scalar_text(m["records"]) + " records\n";
  if (m["clock"]["ok"].boolean() == false) out += "clock     " + milliseconds_text(m["clock"]["offset_ms"]) + " from the peers' median: set it\n";
  for (const auto& f : m["features"].elements())
    if (f["on"].boolean() == false) out += "waiting   " + scalar_text(f["name"]) + " is off until " + joined(f["held_back_by"]) + " can do it\n";
  return out;
}

}  // namespace

std::string status_view(json::value s) {
  const std::string state = s["draining"].boolean() == true ? "draining" : s["ready"].boolean() == true ? "ready" : "not ready";
  std::string out = "node      " + scalar_text(s["node"]);
  if (const auto site = scalar_text(s["site"]); !site.empty()) out += " at " + site;
  out += ", EdgeMesh " + scalar_text(s["version"]) + "\n";
  out += "state     " + state + ", up " + seconds_text(s["uptime_s"]) + "\n";
  out += "listen    api " + scalar_text(s["listen"]["api"]) + ", admin " + scalar_text(s["listen"]["admin"]);
  if (const auto metrics = scalar_text(s["listen"]["metrics"]); !metrics.empty()) out += ", metrics " + metrics;
  out += "\nbackends  " + scalar_text(s["backends"]["ready"]) + " ready of " + scalar_text(s["backends"]["total"]) + "\n";
  out += "sessions  " + scalar_text(s["sessions"]) + "\n";
  if (const auto mesh = s["mesh"]; !mesh.absent_or_null()) out += mesh_summary(mesh);
  out += "requests  " + scalar_text(s["in_flight"]) + " in flight, " + scalar_text(s["requests"]) + " finished\n";
  return printable(out, true);
}

std::string models_view(json::value list) {
  text_table table({"MODEL", "CONTEXT", "CAPABILITIES", "LOADED", "BACKENDS", "AGE"});
  for (const auto& m : list["data"].elements()) {
    const bool is_virtual = m["virtual"].boolean() == true;
    table.add({scalar_text(m["id"]), scalar_text(m["context_length"]), joined(m["capabilities"], 9), yes_no(m["loaded"]),
               is_virtual ? "virtual" : offered_by(m), youngest(m["offers"])});
  }
  return table.empty() ? "no models: no backend is ready; `edgemesh backends list` says why\n" : table.to_string();
}

std::string backends_view(json::value list) {
  text_table table({"BACKEND", "SITE", "KIND", "HEALTH", "BREAKER", "CLASS", "IN FLIGHT", "LATENCY", "PATH", "AGE", "URL", "MODELS", "DETAIL"});
  for (const auto& b : list["data"].elements()) {
    std::string health = scalar_text(b["health"]);
    if (b["draining"].boolean() == true) health += ", draining";
    table.add({scalar_text(b["name"]), scalar_text(b["site"]), scalar_text(b["kind"]), health, scalar_text(b["breaker"]), scalar_text(b["data_class"]),
               share(b["in_flight"], b["concurrency"]), milliseconds_text(b["latency_ms"]), way_text(b["path"]), age_text(b["age_ms"]), scalar_text(b["url"]),
               joined(b["models"], 3), scalar_text(b["detail"])});
  }
  return table.empty() ? "no backends: `edgemesh discover` shows what answers on this machine\n" : table.to_string();
}

std::string sessions_view(json::value list) {
  text_table table({"SESSION", "CLIENT", "STATE", "REQUEST", "MODEL", "BACKEND", "SINCE", "BYTES OUT", "REQUESTS"});
  for (const auto& s : list["data"].elements())
    table.add({scalar_text(s["id"]), scalar_text(s["client"]), s["busy"].boolean() == true ? "busy" : "idle",
               scalar_text(s["request_id"]), scalar_text(s["model"]), scalar_text(s["backend"]), seconds_text(s["seconds"]),
               scalar_text(s["bytes_out"]), scalar_text(s["requests"])});
  return (table.empty() ? "no sessions\n" : table.to_string()) + missing_lines(list);
}

std::string requests_view(json::value list) {
  text_table table({"TIME", "REQUEST", "NODE", "ROUTE", "STATUS", "MODEL", "BACKEND", "ATTEMPTS", "TOKENS", "FIRST", "TOTAL"});
  for (const auto& r : list["data"].elements())
    table.add({scalar_text(r["ts"]), scalar_text(r["id"]), scalar_text(r["node"]), scalar_text(r["route"]), scalar_text(r["status"]),
               scalar_text(r["model"]), scalar_text(r["backend"]), std::to_string(r["attempts"].size()),
               scalar_text(r["tokens"]["completion"]), milliseconds_text(r["ms"]["first_content"]),
               milliseconds_text(r["ms"]["last"])});
  return (table.empty() ? "no finished requests\n" : table.to_string()) + missing_lines(list);
}

std::string explain_view(json::value d) {
  std::string out;
  const auto name = [](json::value choice) {
    return choice.type() == json::kind::object ? scalar_text(choice["backend"]) : scalar_text(choice);
  };
  const auto chosen = name(d["choice"]);
  out += "choice      " + (chosen.empty() ? "none" : chosen) + "\n";
  out += "model       " + either(scalar_text(d["model"]), "-");
  if (const auto route = scalar_text(d["virtual_route"]); !route.empty()) out += " by " + route;
  out += "\ndata class  " + either(scalar_text(d["data_class"]), "-") + "\n";
  if (const auto error = scalar_text(d["error"]["message"]); !error.empty()) out += "error       " + error + "\n";
  out = printable(out, true);
  text_table table({"BACKEND", "NODE", "MODEL", "VERDICT", "REFUSED BY", "DETAIL", "IN FLIGHT", "COST"});
  for (const auto& c : d["candidates"].elements()) {
    const auto cost = c["cost"].type() == json::kind::object ? c["cost"]["total_ms"] : c["cost"];
    table.add({scalar_text(c["backend"]), scalar_text(c["node"]), scalar_text(c["model"]), scalar_text(c["verdict"]),
               scalar_text(c["refused_by"]), scalar_text(c["detail"]), scalar_text(c["in_flight"]), scalar_text(cost)});
  }
  return table.empty() ? out : out + "\n" + table.to_string();
}

std::string members_view(json::value object, int indent) {
  std::string out;
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  if (indent > 40) return margin + "...\n";
  for (const auto& m : object.members()) {
    const std::string key = margin + printable(m.key.text().value_or("")) + ": ";
    const bool has_objects = m.val.type() == json::kind::array && m.val.size() > 0 &&
                             (*m.val.elements().begin()).type() == json::kind::object;
    if (m.val.type() == json::kind::object) {
      out += key + "\n" + members_view(m.val, indent + 2);
    } else if (has_objects) {
      out += key + "\n";
      for (const auto& item : m.val.elements()) {
        auto text = members_view(item, indent + 4);
        if (text.size() > static_cast<std::size_t>(indent) + 2) text[static_cast<std::size_t>(indent) + 2] = '-';
        out += text;
      }
    } else {
      const auto text = m.val.type() == json::kind::array ? joined(m.val, 50) : scalar_text(m.val);
      out += key + (text.empty() ? "-" : printable(text)) + "\n";
    }
  }
  return out;
}

}  // namespace edgemesh::cli
