#include "actors/admin/audit_page.hpp"

#include <charconv>

#include "base/timestamp.hpp"
#include "http/api_routes.hpp"
#include "json/writer.hpp"

namespace edgemesh::actors {

namespace {

openai::api_error not_understood(std::string_view name, std::string expected) {
  return openai::bad_request("audit: " + std::string(name) + ": " + std::move(expected), std::string(name));
}

template <class Integer>
bool read_whole(std::string_view text, Integer& into) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), into);
  return ec == std::errc() && end == text.data() + text.size();
}

std::optional<openai::api_error> read_part(std::string_view name, const std::string& value, audit_question& q) {
  if (name == "after") {
    q.newest = false;
    if (!read_whole(value, q.after)) return not_understood(name, "the number of an entry");
  } else if (name == "limit") {
    if (!read_whole(value, q.limit) || q.limit < 1 || q.limit > audit_question::limit_max) return not_understood(name, "1 to 1000");
  } else if (name == "actor") {
    q.actor = value;
  } else if (name == "action") {
    q.action = value;
  } else if (name == "subject") {
    q.subject = value;
  } else {
    return not_understood(name, "is not known; there are after, limit, actor, action and subject");
  }
  return std::nullopt;
}

bool fits_action(std::string_view wanted, std::string_view action) {
  if (wanted.ends_with('*')) return action.starts_with(wanted.substr(0, wanted.size() - 1));
  return wanted.empty() || wanted == action;
}

}  // namespace

bool audit_question::fits(const audit_entry& e) const {
  return (actor.empty() || actor == e.actor) && (subject.empty() || subject == e.subject) && fits_action(action, e.action);
}

openai::api_result<audit_question> read_audit_question(std::string_view query) {
  audit_question q;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto part = query.substr(0, end);
    query = end == query.npos ? std::string_view{} : query.substr(end + 1);
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto value = http::percent_decoded(equals == part.npos ? std::string_view{} : part.substr(equals + 1));
    if (!value) return not_understood(part.substr(0, equals), "a broken % escape");
    if (auto wrong = read_part(part.substr(0, equals), *value, q)) return std::move(*wrong);
  }
  return q;
}

std::string audit_json(const audit_entry& e) {
  std::string out;
  json::writer w(out);
  w.begin_object().member("number", e.number).member("at", timestamp(wall_time(milliseconds(e.at_ms)))).member("actor", e.actor);
  w.member("action", e.action).member("subject", e.subject).member("outcome", e.outcome).key("details").begin_object();
  for (const auto& [name, value] : e.details) w.member(name, value);
  w.end_object().end_object();
  return out;
}

}  // namespace edgemesh::actors
