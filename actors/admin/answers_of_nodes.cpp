#include "actors/admin/answers_of_nodes.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "json/splice.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"
#include "json/writer.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::actors {

namespace {

struct row {
  std::string order;  ///< by this, greatest first
  std::string text;
};
bool goes_first(const row& a, const row& b) { return std::tie(a.order, a.text) > std::tie(b.order, b.text); }
struct missing_node { std::string node, why; };

/// `object` with whose it is as its first member.
std::string owned(std::string_view node, std::string_view object) {
  std::string out = R"({"node":)" + json::quoted(node);
  if (object.size() > 2) out += ',';
  return out.append(object.substr(1));
}

json::value rows_in(std::string_view body) {
  if (json::validate(body)) return {};
  const auto data = json::value::first_in(body)["data"];
  return data.type() == json::kind::array ? data : json::value();
}

std::string renamed(json::value object, std::string_view member, std::string_view node) {
  const auto name = object[member];
  json::splice edit(object.raw());
  if (const auto text = name.text()) edit.replace(name, json::quoted(std::string(node) + "/" + *text));
  return edit.apply();
}

std::string message_in(std::string_view body) {
  if (json::validate(body)) return "";
  return json::value::first_in(body)["error"]["message"].text_or("");
}

/// Why an answer is of no use; "" when it is.
std::string fault_of(const node_answer& a) {
  if (a.status == 0) return a.why;
  if (a.status == 200) return "";
  const auto said = message_in(a.body);
  return said.empty() ? "it answered with status " + std::to_string(a.status) : said;
}

/// Adds the rows of a list; what is wrong with it or was left out goes into `missing`.
template <class Take>
void take_rows(const node_answer& a, std::vector<missing_node>& missing, Take take) {
  if (auto fault = fault_of(a); !fault.empty()) return missing.push_back({a.node, std::move(fault)});
  const auto data = rows_in(a.body);
  if (!data) return missing.push_back({a.node, "its answer is no list"});
  for (const auto& v : data.elements())
    if (v.type() == json::kind::object) take(v);
  const auto left_out = json::value::first_in(a.body)["left_out"].integer().value_or(0);
  if (left_out > 0) missing.push_back({a.node, std::to_string(left_out) + " more than one answer holds"});
}

void write_missing(json::writer& w, const std::vector<missing_node>& missing) {
  w.key("missing").begin_array();
  for (const auto& m : missing) w.begin_object().member("node", m.node).member("why", m.why).end_object();
  w.end_array();
}

std::string list_of(const std::vector<row>& rows, const std::vector<missing_node>& missing) {
  std::string out;
  json::writer w(out);
  w.begin_object().key("data").begin_array();
  for (const auto& r : rows) w.raw(r.text);
  w.end_array();
  write_missing(w, missing);
  w.end_object();
  return out;
}

http::admin_answer refused(const openai::api_error& e) { return {e.status, e.body()}; }

}  // namespace

std::string bounded_list(std::string body, std::size_t bytes_max) {
  if (body.size() <= bytes_max) return body;
  const auto data = rows_in(body);
  if (!data) return body;
  std::string out = R"({"data":[)";
  std::size_t left_out = 0;
  constexpr std::size_t tail = 40;
  for (const auto& v : data.elements()) {
    if (left_out > 0 || out.size() + v.raw().size() + tail > bytes_max) {
      ++left_out;
      continue;
    }
    if (out.back() != '[') out += ',';
    out += v.raw();
  }
  return out + R"(],"left_out":)" + std::to_string(left_out) + "}";
}

std::string merged_sessions(std::string_view own_node, std::string_view own, const std::vector<node_answer>& others) {
  std::vector<row> rows;
  std::vector<missing_node> missing;
  for (const auto& v : rows_in(own).elements()) rows.push_back({"", owned(own_node, v.raw())});
  for (const auto& a : others)
    take_rows(a, missing, [&](json::value v) { rows.push_back({"", owned(a.node, renamed(v, "id", a.node))}); });
  return list_of(rows, missing);
}

std::string merged_requests(std::string_view own_node, std::string_view own, const std::vector<node_answer>& others, std::size_t limit) {
  std::vector<row> rows;
  std::vector<missing_node> missing;
  const auto add = [&](std::string_view node, json::value v) { rows.push_back({v["ts"].text_or(""), owned(node, v.raw())}); };
  for (const auto& v : rows_in(own).elements()) add(own_node, v);
  for (const auto& a : others) take_rows(a, missing, [&](json::value v) { add(a.node, v); });
  std::sort(rows.begin(), rows.end(), goes_first);
  if (rows.size() > limit) rows.resize(limit);
  return list_of(rows, missing);
}

http::admin_answer merged_request(const std::vector<node_answer>& answers) {
  std::vector<row> found;
  std::vector<missing_node> missing;
  for (const auto& a : answers) {
    if (a.status == 404) continue;
    auto fault = fault_of(a);
    const auto v = fault.empty() && !json::validate(a.body) ? json::value::first_in(a.body) : json::value();
    if (v.type() != json::kind::object) {
      missing.push_back({a.node, fault.empty() ? "its answer is no request" : std::move(fault)});
      continue;
    }
    // Who was asked by a client stands first: it charges, and saw all attempts.
    found.push_back({v["peer"].absent_or_null() ? "1" : "0", owned(a.node, v.raw())});
  }
  std::sort(found.begin(), found.end(), goes_first);
  if (found.empty()) {
    std::string message = "no finished request of this id is remembered";
    for (const auto& m : missing) message += (&m == &missing.front() ? "; not known of " : ", ") + m.node + " (" + m.why + ")";
    return refused({404, std::move(message), "invalid_request_error", {}, "not_found", {}, false});
  }
  std::string tail;
  json::writer w(tail);
  w.begin_object().key("also").begin_array();
  for (std::size_t i = 1; i < found.size(); ++i) w.raw(found[i].text);
  w.end_array();
  write_missing(w, missing);
  w.end_object();
  auto body = std::move(found.front().text);
  body.back() = ',';
  return {200, body.append(tail, 1)};
}

http::admin_answer answer_of(const node_answer& a) {
  if (a.status == 0) return refused(openai::unavailable(a.node + " did not answer: " + a.why, "node_missing", seconds(1)));
  if (json::validate(a.body) || a.status < 200 || a.status > 599)
    return refused(openai::upstream_error(502, a.node + " gave an answer that is no JSON", "bad_answer"));
  const auto v = json::value::first_in(a.body);
  if (a.status != 200 || v.type() != json::kind::object) return {a.status, a.body};
  const auto named = v["name"] ? renamed(v, "name", a.node) : v["id"] ? renamed(v, "id", a.node) : std::string(v.raw());
  return {200, owned(a.node, named)};
}

std::vector<std::string> nodes_in(std::string_view request) {
  std::set<std::string> names;
  if (json::validate(request)) return {};
  const auto v = json::value::first_in(request);
  if (auto peer = v["peer"].text_or(""); !peer.empty()) names.insert(std::move(peer));
  for (const auto& attempt : v["attempts"].elements()) {
    const auto backend = attempt["backend"].text_or("");
    if (const auto slash = backend.find('/'); slash != backend.npos) names.insert(backend.substr(0, slash));
  }
  return {names.begin(), names.end()};
}

}  // namespace edgemesh::actors
