#include "actors/admin/backend_page.hpp"

#include "actors/admin/price_page.hpp"
#include "json/writer.hpp"

namespace edgemesh::actors {

namespace {

template <class T>
void optional_member(json::writer& w, const char* name, const std::optional<T>& v) {
  w.key(name);
  if (v) w.integer(static_cast<std::int64_t>(*v));
  else w.null();
}

void append_load(json::writer& w, const load_report& load) {
  w.key("load").begin_object();
  optional_member(w, "running", load.running);
  optional_member(w, "waiting", load.waiting);
  optional_member(w, "slots", load.slots);
  w.key("kv_usage");
  if (load.kv_usage) w.number(*load.kv_usage);
  else w.null();
  w.end_object();
}

void append_breaker(json::writer& w, const backend_view& b, instant now) {
  w.member("breaker", name_of(b.breaker));
  w.key("breaker_cause");
  if (b.breaker == breaker_state::closed) w.null();
  else w.string(name_of(b.breaker_cause));
  const auto pause = std::chrono::duration_cast<milliseconds>(from_ticks(b.cell->breaker_until.load(std::memory_order_relaxed)) - now);
  w.member("breaker_opens_in_ms", b.breaker == breaker_state::open ? std::max<std::int64_t>(pause.count(), 0) : 0);
}

void append_backend(json::writer& w, const backend_view& b, instant now) {
  constexpr auto relaxed = std::memory_order_relaxed;
  w.begin_object().member("name", b.name).member("kind", name_of(b.kind)).member("url", b.url);
  w.member("health", name_of(b.health));
  append_breaker(w, b, now);
  w.member("detail", b.detail).member("version", b.version).member("data_class", b.data_class);
  w.member("in_flight", b.cell->in_flight.load(relaxed)).member("concurrency", b.cell->concurrency.load(relaxed));
  w.key("models").begin_array();
  for (const auto& m : b.models) w.string(m.name);
  w.end_array();
  w.member("draining", b.cell->draining.load(relaxed)).member("source", b.is_discovered ? "discovered" : "config");
  std::optional<std::int64_t> age, latency;
  if (b.last_probe) age = std::chrono::duration_cast<milliseconds>(now - *b.last_probe).count();
  if (b.latency) latency = b.latency->count();
  optional_member(w, "last_probe_ms_ago", age);
  if (!b.id.empty()) w.member("id", b.id);
  w.member("offer", name_of(b.offer));
  if (!b.prices.empty()) {
    w.key("prices").begin_object();
    for (const auto& [model, p] : b.prices) write_price(w, model, p);
    w.end_object();
  }
  optional_member(w, "latency_ms", latency);
  w.member("successes", b.cell->successes.load(relaxed)).member("failures", b.cell->failures.load(relaxed));
  append_load(w, b.load);
  w.end_object();
}

}  // namespace

std::string backend_page(const backend_view& backend, instant now) {
  std::string out;
  json::writer w(out);
  append_backend(w, backend, now);
  return out;
}

std::string backends_page(const std::vector<backend_view_ptr>& backends, instant now) {
  std::string out;
  json::writer w(out);
  w.begin_object().key("data").begin_array();
  for (const auto& b : backends) append_backend(w, *b, now);
  w.end_array().end_object();
  return out;
}

}  // namespace edgemesh::actors
