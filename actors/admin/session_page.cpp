#include "actors/admin/session_page.hpp"

#include <algorithm>

#include "json/writer.hpp"

namespace edgemesh::actors {

std::string sessions_page(std::vector<http::session_view> sessions, wall_time now) {
  std::sort(sessions.begin(), sessions.end(),
            [](const auto& a, const auto& b) { return a.busy != b.busy ? a.busy : a.opened < b.opened; });
  std::string out;
  json::writer w(out);
  w.begin_object().key("data").begin_array();
  for (const auto& s : sessions) {
    // Of an idle connection nothing is shown as if it were going on.
    const auto since = s.busy ? s.request_started : s.opened;
    const auto ms = std::chrono::duration_cast<milliseconds>(now - since).count();
    w.begin_object().member("id", s.id).member("client", s.client).member("busy", s.busy);
    w.member("request_id", s.busy ? s.request_id : "").member("route", s.busy ? s.route : "");
    if (!s.key.empty()) w.member("key", s.key);
    w.member("model", s.busy ? s.model : "").member("backend", s.busy ? s.backend : "");
    w.member("streaming", s.busy && s.streaming).member("seconds", static_cast<double>(std::max<std::int64_t>(ms, 0)) / 1000);
    w.member("bytes_out", s.busy ? s.bytes_out : 0).member("requests", s.requests).end_object();
  }
  w.end_array().end_object();
  return out;
}

}  // namespace edgemesh::actors
