#include "actors/admin/status_page.hpp"

#include "base/version.hpp"
#include "json/writer.hpp"

namespace edgemesh::actors {

std::string status_page(const node_status& s, const std::vector<backend_view_ptr>& backends) {
  int ready = 0;
  std::int64_t in_flight = 0;
  for (const auto& b : backends) {
    ready += b->health == backend_health::ready ? 1 : 0;
    in_flight += b->cell->in_flight.load(std::memory_order_relaxed);
  }
  std::string out;
  json::writer w(out);
  w.begin_object().member("node", s.node.name).member("site", s.node.site).member("version", version_text);
  w.member("uptime_s", s.uptime_seconds).member("draining", s.is_draining).member("ready", s.is_ready);
  w.key("listen").begin_object().member("api", s.api).member("admin", s.admin);
  if (!s.metrics.empty()) w.member("metrics", s.metrics);
  w.end_object();
  w.key("backends").begin_object().member("total", backends.size()).member("ready", ready).end_object();
  w.member("sessions", s.sessions).member("in_flight", in_flight).member("requests", s.requests);
  w.member("threads", s.shards).end_object();
  return out;
}

}  // namespace edgemesh::actors
