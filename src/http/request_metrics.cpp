#include "http/request_metrics.hpp"

#include <algorithm>

#include "base/version.hpp"
#include "http/metrics_text.hpp"

namespace edgemesh::http {
namespace {

constexpr std::array<double, 16> request_bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600};
constexpr std::array<double, 11> itl_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};
constexpr std::array<double, 11> overhead_table{0.00005, 0.0001, 0.00015, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25};
constexpr std::string_view other = "other";

double seconds_of(std::int64_t us) noexcept { return static_cast<double>(us) / 1e6; }

/// The same label names, each with the value "other".
std::string other_labels(std::string_view labels) {
  std::string out;
  bool in_value = false;
  std::size_t name_at = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const char c = labels[i];
    if (in_value && c == '\\') {
      ++i;
    } else if (c == '"') {
      if (!in_value) append_label(out, labels.substr(name_at, i - 1 - name_at), other);
      in_value = !in_value;
      name_at = i + 2;  // after the quote and the comma
    }
  }
  return out;
}

template <class Family>
std::vector<const typename Family::value_type*> sorted(const Family& f) {
  std::vector<const typename Family::value_type*> out;
  out.reserve(f.size());
  for (const auto& entry : f) out.push_back(&entry);
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  return out;
}

template <class Family>
void render_family(std::string& out, const Family& f, std::string_view name, std::string_view help) {
  append_family(out, name, "counter", help);
  for (const auto* entry : sorted(f)) append_sample(out, name, entry->first, entry->second);
}
template <class Family>
void render_histogram_family(std::string& out, const Family& f, std::string_view name, std::string_view help) {
  append_family(out, name, "histogram", help);
  for (const auto* entry : sorted(f)) entry->second.render(out, name, entry->first);
}

void render_causes(std::string& out, const std::array<std::uint64_t, attempt_cause_count>& counts, std::string_view name,
                   std::string_view help) {
  append_family(out, name, "counter", help);
  for (int i = 0; i < attempt_cause_count; ++i) {
    if (counts[static_cast<std::size_t>(i)] == 0) continue;
    std::string labels;
    append_label(labels, "cause", name_of(static_cast<attempt_cause>(i)));
    append_sample(out, name, labels, counts[static_cast<std::size_t>(i)]);
  }
}

template <class Value>
void render_backends(std::string& out, const metric_gauges& gauges, std::string_view name, std::string_view help, Value value) {
  append_family(out, name, "gauge", help);
  for (const auto& b : gauges.backends) {
    std::string labels;
    append_label(labels, "backend", b.name);
    append_sample(out, name, labels, static_cast<double>(value(b)));
  }
}

void render_gauges(std::string& out, const metric_gauges& g) {
  render_backends(out, g, "edgemesh_in_flight", "Requests in flight at a backend.", [](const auto& b) { return b.in_flight; });
  render_backends(out, g, "edgemesh_backend_state", "0 unknown, 1 ready, 2 warming, 3 down, 4 misconfigured.",
                  [](const auto& b) { return static_cast<int>(b.health); });
  render_backends(out, g, "edgemesh_backend_breaker", "0 closed, 1 open, 2 half-open.",
                  [](const auto& b) { return static_cast<int>(b.breaker); });
  append_family(out, "edgemesh_memory_bytes", "gauge", "Memory of the process, and of request bodies and stream buffers.");
  append_sample(out, "edgemesh_memory_bytes", "kind=\"budget_limit\"", g.budget_limit_bytes);
  append_sample(out, "edgemesh_memory_bytes", "kind=\"budget_used\"", g.budget_used_bytes);
  append_sample(out, "edgemesh_memory_bytes", "kind=\"resident\"", g.resident_bytes);
  append_family(out, "edgemesh_sessions", "gauge", "Open client connections.");
  append_sample(out, "edgemesh_sessions", {}, g.sessions);
  append_family(out, "edgemesh_uptime_seconds", "gauge", "Since the process began.");
  append_sample(out, "edgemesh_uptime_seconds", {}, g.uptime_seconds);
  append_family(out, "edgemesh_build_info", "gauge", "Always 1; the version is a label.");
  std::string version;
  append_label(version, "version", version_text);
  append_sample(out, "edgemesh_build_info", version, std::uint64_t{1});
}

}  // namespace

void histogram::record(double seconds) noexcept {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), seconds) - bounds_.begin();
  ++counts_[static_cast<std::size_t>(at)];
  ++count_;
  sum_ += seconds;
}

void histogram::merge(const histogram& o) noexcept {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += o.counts_[i];
  count_ += o.count_;
  sum_ += o.sum_;
}

void histogram::render(std::string& out, std::string_view name, std::string_view labels) const {
  const std::string base(name);
  std::uint64_t up_to = 0;
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    up_to += counts_[i];
    std::string le, with_le(labels);
    append_number(le, bounds_[i]);
    append_label(with_le, "le", le);
    append_sample(out, base + "_bucket", with_le, up_to);
  }
  std::string with_inf(labels);
  append_label(with_inf, "le", "+Inf");
  append_sample(out, base + "_bucket", with_inf, count_);
  append_sample(out, base + "_sum", labels, sum_);
  append_sample(out, base + "_count", labels, count_);
}

std::span<const double> request_metrics::overhead_bounds() noexcept { return overhead_table; }

template <class T>
T& request_metrics::series(family<T>& f, std::string_view labels, const T& fresh) {
  if (const auto at = f.find(labels); at != f.end()) return at->second;
  if (f.size() < series_max) return f.emplace(labels, fresh).first->second;
  return f.try_emplace(other_labels(labels), fresh).first->second;
}

void request_metrics::count_request(const request_record& r) {
  labels_.clear();
  append_label(labels_, "endpoint", r.route);
  append_label(labels_, "model", r.model);
  append_label(labels_, "backend", r.backend);
  append_label(labels_, "status", std::to_string(r.status));
  ++series(requests_, labels_, std::uint64_t{0});
  bytes_in_ += r.bytes_in;
  bytes_out_ += r.bytes_out;
}

/// A failover is an attempt that was followed by another one; its cause is why.
void request_metrics::count_attempts(const request_record& r) {
  for (std::size_t i = 0; i < r.attempts.size(); ++i) {
    const auto cause = static_cast<std::size_t>(r.attempts[i].cause);
    ++attempts_[cause];
    if (i + 1 < r.attempts.size()) ++failovers_[cause];
  }
}

void request_metrics::count_tokens(const request_record& r) {
  const auto add = [&](std::string_view kind, std::int64_t tokens) {
    if (tokens <= 0) return;
    labels_.clear();
    append_label(labels_, "model", r.model);
    append_label(labels_, "kind", kind);
    series(tokens_, labels_, std::uint64_t{0}) += static_cast<std::uint64_t>(tokens);
  };
  add("prompt", r.usage.prompt_tokens);
  add("completion", r.usage.completion_tokens);
  add("cached", r.usage.cached_tokens);
  add("reasoning", r.usage.reasoning_tokens);
}

void request_metrics::measure(const request_record& r) {
  const auto& m = r.marks;
  if (m.last >= 0) {
    labels_.clear();
    append_label(labels_, "endpoint", r.route);
    series(request_seconds_, labels_, histogram(request_bounds)).record(seconds_of(m.last));
  }
  if (r.hops > 0 && m.first_byte >= m.queue && m.queue >= 0) {
    labels_.clear();
    append_label(labels_, "backend", r.backend);
    series(forward_seconds_, labels_, histogram(request_bounds)).record(seconds_of(m.first_byte - m.queue));
  }
  if (m.queue >= 0) overhead_seconds_.record(seconds_of(r.overhead_us));
  if (!r.stream || m.first_content < 0) return;
  labels_.clear();
  append_label(labels_, "backend", r.backend);
  series(ttft_seconds_, labels_, histogram(request_bounds)).record(seconds_of(m.first_content));
  if (m.last <= m.first_content || r.usage.completion_tokens < 2) return;
  const double mean = seconds_of(m.last - m.first_content) / static_cast<double>(r.usage.completion_tokens - 1);
  series(itl_seconds_, labels_, histogram(itl_bounds)).record(mean);
}

void request_metrics::count_peer_request(const request_record& r) {
  labels_.clear();
  append_label(labels_, "peer", r.peer);
  append_label(labels_, "status", std::to_string(r.status));
  append_label(labels_, "code", r.error_code);
  ++series(peer_requests_, labels_, std::uint64_t{0});
}

void request_metrics::record(const request_record& r) {
  if (!r.peer.empty()) return count_peer_request(r);
  count_request(r);
  count_attempts(r);
  count_tokens(r);
  measure(r);
}

void request_metrics::merge(const request_metrics& o) {
  const auto add_counts = [](auto& to, const auto& from) {
    for (const auto* entry : sorted(from)) series(to, entry->first, std::uint64_t{0}) += entry->second;
  };
  const auto add_histograms = [](auto& to, const auto& from, std::span<const double> bounds) {
    for (const auto* entry : sorted(from)) series(to, entry->first, histogram(bounds)).merge(entry->second);
  };
  add_counts(requests_, o.requests_);
  add_counts(tokens_, o.tokens_);
  add_counts(peer_requests_, o.peer_requests_);
  add_histograms(request_seconds_, o.request_seconds_, request_bounds);
  add_histograms(forward_seconds_, o.forward_seconds_, request_bounds);
  add_histograms(ttft_seconds_, o.ttft_seconds_, request_bounds);
  add_histograms(itl_seconds_, o.itl_seconds_, itl_bounds);
  overhead_seconds_.merge(o.overhead_seconds_);
  for (std::size_t i = 0; i < attempts_.size(); ++i) {
    attempts_[i] += o.attempts_[i];
    failovers_[i] += o.failovers_[i];
  }
  bytes_in_ += o.bytes_in_;
  bytes_out_ += o.bytes_out_;
}

void request_metrics::render_counters(std::string& out) const {
  render_family(out, requests_, "edgemesh_requests_total", "Finished requests; 499: the client left.");
  render_causes(out, attempts_, "edgemesh_attempts_total", "Attempts at backends by how they ended.");
  render_causes(out, failovers_, "edgemesh_failovers_total", "Attempts that another one followed, by why.");
  render_family(out, tokens_, "edgemesh_tokens_total", "Tokens of finished requests; cached and reasoning are parts of the others.");
  render_family(out, peer_requests_, "edgemesh_peer_requests_total", "Requests that other nodes forwarded to this one.");
  append_family(out, "edgemesh_bytes_total", "counter", "Bytes of requests with a body (in) and of all answers (out), heads included.");
  append_sample(out, "edgemesh_bytes_total", "direction=\"in\"", bytes_in_);
  append_sample(out, "edgemesh_bytes_total", "direction=\"out\"", bytes_out_);
}

void request_metrics::render_histograms(std::string& out) const {
  render_histogram_family(out, request_seconds_, "edgemesh_request_seconds", "From a request's first byte to the answer's last.");
  render_histogram_family(out, forward_seconds_, "edgemesh_mesh_forward_seconds",
                          "Requests that another node served: from sending to the first byte of its answer.");
  render_histogram_family(out, ttft_seconds_, "edgemesh_ttft_seconds", "Streams: from a request's first byte to its first content.");
  render_histogram_family(out, itl_seconds_, "edgemesh_itl_seconds", "Streams: mean time between the tokens of one answer.");
  append_family(out, "edgemesh_overhead_seconds", "histogram", "The gateway's own share until dispatch.");
  overhead_seconds_.render(out, "edgemesh_overhead_seconds", {});
}

void request_metrics::render(std::string& out, const metric_gauges& gauges) const {
  render_counters(out);
  render_histograms(out);
  render_gauges(out, gauges);
}

}  // namespace edgemesh::http
