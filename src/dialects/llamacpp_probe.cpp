#include "dialects/llamacpp_probe.hpp"

#include "dialects/model_list.hpp"
#include "dialects/probe_run.hpp"
#include "dialects/prometheus_text.hpp"

namespace edgemesh::dialects {
namespace {

std::optional<int> small_count(std::optional<std::int64_t> v) noexcept {
  if (!v || *v < 0 || *v > 1'000'000) return std::nullopt;
  return static_cast<int>(*v);
}

// /slots and /metrics pass through the server's task queue and stall behind a long prompt: they get less time, and
// their silence says nothing about health.
constexpr milliseconds load_timeout{1000};

class llamacpp_probe final : public probe_run {
 public:
  explicit llamacpp_probe(backend_kind kind) : probe_run(kind) { ask("/health"); }

 private:
  enum class step { health, models, props, slots, metrics };

  void received(const probe_reply& r) override {
    switch (step_) {
      case step::health: return health(r);
      case step::models: return models(r);
      case step::props: return props(r);
      case step::slots: return slots(r);
      case step::metrics: return metrics(r);
    }
  }

  void ask_at(step s, probe_request question) {
    step_ = s;
    ask(std::move(question));
  }

  void health(const probe_reply& r) {
    if (report_.kind == backend_kind::cognis && r.result == probe_reply::outcome::refused)
      return conclude(backend_health::down, "slot not running");
    if (failed(r, backend_health::warming, "it is loading its model")) return;
    ask_at(step::models, {.target = "/v1/models"});
  }

  void models(const probe_reply& r) {
    if (failed(r, backend_health::warming, "it is loading its model")) return;
    auto listed = read_model_list(json_of(r), model_list_style::llamacpp);
    if (!listed) return conclude(backend_health::misconfigured, "its model list cannot be read");
    report_.models = std::move(*listed);
    report_.models_known = true;
    for (auto& offer : report_.models) offer.created = 0;  // it says the time of the call
    ask_at(step::props, {.target = "/props"});
  }

  void props(const probe_reply& r) {
    if (r.status == 401 || r.status == 403 || says_loading_model(r)) {
      failed(r, backend_health::warming, "it is loading its model");
      return;
    }
    report_.health = backend_health::ready;
    const auto root = json_of(r);
    report_.version = clean_version(root["build_info"].text_or(""));
    if (root["role"].equals("router")) return;  // per model only, and asking could load one
    report_.load.slots = small_count(root["total_slots"].integer());
    for (auto& offer : report_.models) describe(offer, root);
    ask_at(step::slots, {.target = "/slots", .timeout = load_timeout});
  }

  // What /props says about the one model that is served.
  static void describe(model_offer& offer, json::value root) {
    if (const auto tokens = root["default_generation_settings"]["n_ctx"].integer(); tokens && *tokens > 0)
      offer.context_length = tokens;
    if (const auto vision = root["modalities"]["vision"].boolean()) offer.capabilities.set(capability::vision, *vision);
    if (const auto audio = root["modalities"]["audio"].boolean()) offer.capabilities.set(capability::audio, *audio);
    if (root["chat_template_caps"]["supports_tools"].boolean().value_or(false)) offer.capabilities.set(capability::tools, true);
    if (root) offer.loaded = !root["is_sleeping"].boolean().value_or(false);
  }

  void slots(const probe_reply& r) {
    const auto list = json_of(r);
    if (list.type() != json::kind::array) return ask_at(step::metrics, {.target = "/metrics", .timeout = load_timeout});
    int busy = 0, count = 0;
    for (auto slot : list.elements()) {
      ++count;
      if (slot["is_processing"].boolean().value_or(false) || slot["state"].integer() == 1) ++busy;
    }
    report_.load.running = busy;
    if (!report_.load.slots && count > 0) report_.load.slots = count;
  }

  void metrics(const probe_reply& r) {
    if (r.result != probe_reply::outcome::answered || r.status != 200) return;
    const auto count = [&](std::string_view name) -> std::optional<int> {
      const auto series = read_metric(r.body, name);
      if (!series || series->sum < 0 || series->sum > 1e6) return std::nullopt;
      return static_cast<int>(series->sum);
    };
    report_.load.running = count("llamacpp:requests_processing");
    report_.load.waiting = count("llamacpp:requests_deferred");
    if (const auto usage = read_metric(r.body, "llamacpp:kv_cache_usage_ratio"); usage && usage->max >= 0 && usage->max <= 1)
      report_.load.kv_usage = usage->max;
  }

  step step_ = step::health;
};

}  // namespace

std::unique_ptr<probe> make_llamacpp_probe(backend_kind kind) { return std::make_unique<llamacpp_probe>(kind); }

}  // namespace edgemesh::dialects
