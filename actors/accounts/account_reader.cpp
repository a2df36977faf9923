#include "actors/accounts/account_reader.hpp"

#include <caf/all.hpp>

#include "actors/runtime/house_rules.hpp"
#include "json/writer.hpp"
#include "store/audit_log.hpp"
#include "store/usage_reading.hpp"

namespace edgemesh::actors {

namespace {

constexpr std::size_t looked_through_max = 100'000;  // entries of the audit log for one question

std::string request_json(std::uint64_t number, const usage_record& r) {
  std::string out;
  json::writer w(out);
  w.begin_object().member("number", number).member("at_ms", r.settled_ms).member("actor", r.key).member("action", "request");
  w.member("subject", r.charge_id).member("outcome", r.status).key("details").begin_object();
  w.member("group", r.group).member("model", r.model).member("data_class", r.data_class).key("backends").begin_array();
  for (const auto& a : r.attempts) w.string(a.backend);
  w.end_array().end_object().end_object();
  return out;
}

void answer(const account_reader_deps& deps, const usage_asked& m) {
  const auto find = [&m](const std::string& key) -> const admission::key_facts* {
    if (!m.names) return nullptr;
    const auto at = m.names->find(key);
    return at == m.names->end() ? nullptr : &at->second;
  };
  admission::usage_report report(m.question, find);
  const auto read = store::read_rows(*deps.disk, m.question.rows_to_read(), m.question.from, m.question.to,
                                     [&](std::int64_t begin, const usage_row& row) { return report.add(begin, row); });
  if (!read) return m.reply.complete(store_failed(read.error().message));
  if (m.question.as_csv) return m.reply.complete({200, report.csv(), "text/csv; charset=utf-8"});
  const auto now_ms = std::chrono::duration_cast<milliseconds>(deps.wall().time_since_epoch()).count();
  m.reply.complete({200, report.json({{deps.node, now_ms}})});
}

void answer(const account_reader_deps& deps, const audit_read& m) {
  const auto& q = m.asked.question;
  std::vector<std::string> lines;
  std::size_t seen = 0;
  bool is_cut = false;
  const auto is_enough = [&] { return is_cut = ++seen > looked_through_max || (!q.newest && lines.size() >= q.limit); };
  const auto take = [&](std::string line) {
    if (q.newest && lines.size() == q.limit) lines.erase(lines.begin());
    lines.push_back(std::move(line));
  };
  result<void> read;
  if (q.action == "request") {
    const auto last = m.last_request;
    const auto first = q.newest ? (last > q.limit ? last - q.limit + 1 : 1) : q.after + 1;
    read = store::read_records(*deps.disk, first, [&](std::uint64_t number, const usage_record& r) {
      if (is_enough()) return false;
      if ((q.actor.empty() || q.actor == r.key) && (q.subject.empty() || q.subject == r.charge_id)) take(request_json(number, r));
      return true;
    });
  } else {
    const auto last = m.last_entry;
    const auto first = q.newest ? (last > looked_through_max ? last - looked_through_max : 0) : q.after + 1;
    read = store::read_audit(*deps.disk, first, [&](const audit_entry& e) {
      if (is_enough()) return false;
      if (q.fits(e)) take(audit_json(e));
      return true;
    });
  }
  if (!read) return m.asked.reply.complete(store_failed(read.error().message));
  std::string body = R"({"data":[)";
  for (const auto& line : lines) body.append(body.back() == '[' ? "" : ",").append(line);
  m.asked.reply.complete({200, body + "],\"last\":" + std::to_string(m.last_entry) + "}"});
}

}  // namespace

http::admin_answer store_failed(std::string_view why) {
  const auto out = openai::unavailable(std::string(why), "store_failed", seconds(5));
  return {out.status, out.body()};
}

account_reader_actor::behavior_type account_reader(account_reader_actor::pointer self, const account_reader_deps& deps) {
  adopt_house_rules(self);
  return {
      [deps](const usage_read& m) { answer(deps, m.asked); },
      [deps](const audit_read& m) { answer(deps, m); },
  };
}

}  // namespace edgemesh::actors
