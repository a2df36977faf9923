#include "dialects/vllm_probe.hpp"

#include <algorithm>

#include "dialects/model_list.hpp"
#include "dialects/probe_run.hpp"
#include "dialects/prometheus_text.hpp"

namespace edgemesh::dialects {
namespace {

class vllm_probe final : public probe_run {
 public:
  vllm_probe() : probe_run(backend_kind::vllm) { ask("/health"); }

 private:
  enum class step { health, models, version, metrics };

  void received(const probe_reply& r) override {
    switch (step_) {
      case step::health: return health(r);
      case step::models: return models(r);
      case step::version: return version(r);
      case step::metrics: return metrics(r);
    }
  }

  void ask_at(step s, probe_request question) {
    step_ = s;
    ask(std::move(question));
  }

  void health(const probe_reply& r) {
    if (failed(r, backend_health::down, "its engine is dead")) return;
    ask_at(step::models, {.target = "/v1/models"});
  }

  void models(const probe_reply& r) {
    if (failed(r, backend_health::down, "its engine is dead")) return;
    auto listed = read_model_list(json_of(r));
    if (!listed) return conclude(backend_health::misconfigured, "its model list cannot be read");
    report_.models = std::move(*listed);
    report_.models_known = true;
    for (auto& offer : report_.models) {
      offer.created = 0;  // it says the time of the call
      offer.loaded = true;
    }
    report_.health = backend_health::ready;
    ask_at(step::version, {.target = "/version"});
  }

  void version(const probe_reply& r) {
    report_.version = clean_version(json_of(r)["version"].text_or(""));
    ask_at(step::metrics, {.target = "/metrics", .bytes_max = 4u << 20});
  }

  void metrics(const probe_reply& r) {
    if (r.result != probe_reply::outcome::answered || r.status != 200) return;
    const auto sum = [&](std::string_view name) -> std::optional<int> {
      const auto series = read_metric(r.body, name);
      if (!series || series->sum < 0 || series->sum > 1e6) return std::nullopt;
      return static_cast<int>(series->sum);
    };
    report_.load.running = sum("vllm:num_requests_running");
    report_.load.waiting = sum("vllm:num_requests_waiting");
    if (const auto swapped = sum("vllm:num_requests_swapped"))  // the first engine's third state: waiting for memory
      report_.load.waiting = report_.load.waiting.value_or(0) + *swapped;
    auto usage = read_metric(r.body, "vllm:kv_cache_usage_perc");
    if (!usage) usage = read_metric(r.body, "vllm:gpu_cache_usage_perc");
    if (usage) report_.load.kv_usage = std::clamp(usage->max, 0.0, 1.0);
  }

  step step_ = step::health;
};

}  // namespace

std::unique_ptr<probe> make_vllm_probe() { return std::make_unique<vllm_probe>(); }

}  // namespace edgemesh::dialects
