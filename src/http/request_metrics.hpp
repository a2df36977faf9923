// What one shard counts about finished requests, and its Prometheus text. No atomics: each shard owns one and hands out
// copies, which are merged for a scrape. Series are bounded: 200 per family, the rest is counted as "other".
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/backend_state.hpp"
#include "domain/request_record.hpp"

namespace edgemesh::http {

/// Counts of values up to each bound; cumulative only when rendered.
class histogram {
 public:
  static constexpr std::size_t bounds_max = 16;
  explicit histogram(std::span<const double> bounds = {}) noexcept : bounds_(bounds) {}
  void record(double seconds) noexcept;
  void merge(const histogram& other) noexcept;  ///< of the same bounds
  std::uint64_t count() const noexcept { return count_; }
  void render(std::string& out, std::string_view name, std::string_view labels) const;

 private:
  std::span<const double> bounds_;  // a constant table
  std::array<std::uint64_t, bounds_max + 1> counts_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

/// What is read at the moment of a scrape.
struct metric_gauges {
  struct backend {
    std::string name;
    int in_flight = 0;
    backend_health health = backend_health::unknown;
    breaker_state breaker = breaker_state::closed;
  };
  std::vector<backend> backends;          ///< as many as are configured or discovered
  std::uint64_t resident_bytes = 0;       ///< of the process
  std::uint64_t budget_used_bytes = 0;    ///< memory_budget::used()
  std::uint64_t budget_limit_bytes = 0;
  std::uint64_t sessions = 0;             ///< open client connections
  double uptime_seconds = 0;
};

class request_metrics {
 public:
  static constexpr std::size_t series_max = 200;

  /// What a peer forwarded is counted by the node that the client asked; here it is only a request of that peer.
  /// `record.model`, `.backend` and `.route` must be known names or empty, never a client's text.
  void record(const request_record& record);
  void merge(const request_metrics& other);
  /// Appends the Prometheus text format (version 0.0.4), sorted, each family with HELP and TYPE.
  void render(std::string& out, const metric_gauges& gauges) const;

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
  };
  /// One family's series by their label text `a="x",b="y"`.
  template <class T>
  using family = std::unordered_map<std::string, T, text_hash, std::equal_to<>>;

  template <class T>
  static T& series(family<T>& f, std::string_view labels, const T& fresh);
  void count_request(const request_record& record);
  void count_peer_request(const request_record& record);
  void count_attempts(const request_record& record);
  void count_tokens(const request_record& record);
  void measure(const request_record& record);
  void render_counters(std::string& out) const;
  void render_histograms(std::string& out) const;

  family<std::uint64_t> requests_;  // endpoint, model, backend, status
  family<std::uint64_t> tokens_;    // model, kind
  family<std::uint64_t> peer_requests_;  // peer, status
  std::array<std::uint64_t, attempt_cause_count> attempts_{}, failovers_{};
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
  family<histogram> request_seconds_;       // endpoint
  family<histogram> forward_seconds_;       // backend; what another node served
  family<histogram> ttft_seconds_, itl_seconds_;  // backend; streams only
  histogram overhead_seconds_{overhead_bounds()};
  std::string labels_;  // reused, so that counting allocates nothing in the long run

  static std::span<const double> overhead_bounds() noexcept;
};

}  // namespace edgemesh::http
