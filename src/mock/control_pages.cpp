#include "mock/control_pages.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/utf8.hpp"
#include "mock/field_reader.hpp"

namespace edgemesh::mock {
namespace {

namespace json = boost::json;

json::string safe(std::string_view text) {
  return json::string(utf8::valid(text) ? std::string(text) : utf8::repaired(text));
}

reply answer(const json::value& body, int status = 200) {
  return {status, "application/json", json::serialize(body), {}};
}
reply refuse(std::string_view why, int status = 400) {
  return answer(json::object{{"error", safe(why)}}, status);
}

json::value number_or_null(const std::optional<double>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::object described(const fault_setting& s) {
  json::object out{{"name", name_of(s.name)}, {"probability", s.probability}};
  if (s.count) out["count"] = *s.count;
  if (s.after) out["after"] = *s.after;
  if (!s.path.empty()) out["path"] = safe(s.path);
  if (s.status) out["status"] = s.status;
  if (s.name == fault_name::error_429) out["retry_after"] = safe(s.retry_after);
  if (s.lasting.count() > 0) out["for_ms"] = s.lasting.count();
  return out;
}

reply show_faults(const mock_state& state, instant now) {
  json::array list;
  for (const auto& s : state.faults.settings(now)) list.push_back(described(s));
  return answer(json::object{{"faults", std::move(list)},
                             {"ttft_ms", state.options.ttft.count()},
                             {"itl_ms", state.options.itl.count()},
                             {"tokens", state.options.tokens}});
}

std::variant<fault_setting, std::string> read_fault(const json::value& any) {
  const auto* object = any.if_object();
  if (!object) return std::string("a fault is an object with a name");
  field_reader fields(*object);
  fault_setting out;
  const auto name = fields.text("name");
  const auto known = fault_name_from(name.value_or(""));
  if (!known) return "unknown fault '" + name.value_or("") + "'";
  out.name = *known;
  out.probability = fields.number("probability").value_or(1);
  if (const auto count = fields.whole("count"))
    out.count = static_cast<std::uint32_t>(*count < 0 ? 0 : *count);
  out.after = fields.whole("after");
  out.path = fields.text("path").value_or("");
  out.status = fields.whole("status").value_or(0);
  out.retry_after = fields.text("retry_after").value_or("1");
  out.lasting = milliseconds(fields.whole("for_ms").value_or(0));
  if (!(out.probability >= 0 && out.probability <= 1)) fields.complain("probability", "from 0 to 1");
  if (out.after && *out.after < 0) fields.complain("after", "at least 0");
  if (out.status != 0 && (out.status < 400 || out.status > 599)) fields.complain("status", "from 400 to 599");
  if (out.retry_after.find_first_of("\r\n") != std::string::npos) fields.complain("retry_after", "one line");
  if (fields.first_complaint()) return fields.first_complaint()->message;
  return out;
}

reply change_faults(const incoming& request, mock_state& state, instant now) {
  boost::system::error_code ec;
  const auto document = json::parse(request.body, ec);
  const auto* body = document.if_object();
  if (ec || !body) return refuse("the body is not a JSON object");
  field_reader fields(*body);
  const auto ttft = fields.whole("ttft_ms"), itl = fields.whole("itl_ms"), tokens = fields.whole("tokens");
  for (const auto* name : {"ttft_ms", "itl_ms", "tokens"})
    if (const auto value = fields.whole(name); value && *value < 0) fields.complain(name, "at least 0");
  const auto* list = fields.list("faults");
  if (fields.first_complaint()) return refuse(fields.first_complaint()->message);
  std::vector<fault_setting> faults;
  if (list && list->size() > fault_table::size_max) return refuse("too many faults");
  if (list)
    for (const auto& any : *list) {
      auto read = read_fault(any);
      if (const auto* why = std::get_if<std::string>(&read)) return refuse(*why);
      faults.push_back(std::move(std::get<fault_setting>(read)));
    }
  if (list) state.faults.replace(std::move(faults), now);
  if (ttft) state.options.ttft = milliseconds(*ttft);
  if (itl) state.options.itl = milliseconds(*itl);
  if (tokens) state.options.tokens = *tokens;
  return show_faults(state, now);
}

json::object described(const request_entry& e) {
  json::object headers;
  for (const auto& [name, value] : e.headers) headers[safe(name)] = safe(value);
  std::optional<double> left_after;
  if (e.left_ms) left_after = *e.left_ms - e.started_ms;
  return json::object{{"id", e.id},
                      {"method", safe(e.method)},
                      {"path", safe(e.path)},
                      {"model", safe(e.model)},
                      {"stream", e.stream},
                      {"state", name_of(e.state)},
                      {"fault", e.fault.empty() ? json::value(nullptr) : json::value(safe(e.fault))},
                      {"tokens_sent", e.tokens_sent},
                      {"started_ms", e.started_ms},
                      {"left_ms", number_or_null(e.left_ms)},
                      {"left_after_ms", number_or_null(left_after)},
                      {"ended_ms", number_or_null(e.ended_ms)},
                      {"headers", std::move(headers)},
                      {"body", safe(e.body)}};
}

}  // namespace

reply control_page(const incoming& request, mock_state& state, instant now) {
  if (request.path == "/mock/faults") {
    if (request.method == "GET") return show_faults(state, now);
    if (request.method == "PUT") return change_faults(request, state, now);
    return refuse("use GET or PUT", 405);
  }
  if (request.path != "/mock/requests")
    return refuse("no such page; there are /mock/faults and /mock/requests", 404);
  if (request.method == "DELETE")
    state.log.clear();
  else if (request.method != "GET")
    return refuse("use GET or DELETE", 405);
  json::array list;
  for (const auto& entry : state.log.list()) list.push_back(described(entry));
  return answer(json::object{{"data", std::move(list)}});
}

}  // namespace edgemesh::mock
