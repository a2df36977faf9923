#include "dialects/openai_probe.hpp"

#include "dialects/model_list.hpp"
#include "dialects/probe_run.hpp"

namespace edgemesh::dialects {
namespace {

class openai_probe final : public probe_run {
 public:
  // Hosted catalogues are long: OpenRouter's is some 600 KB.
  openai_probe() : probe_run(backend_kind::openai) { ask(probe_request{.target = "/v1/models", .bytes_max = 4u << 20}); }

 private:
  void received(const probe_reply& r) override { asked_info_ ? info(r) : models(r); }

  void models(const probe_reply& r) {
    if (failed(r, backend_health::warming, "it says that it is not ready")) return;
    if (auto listed = read_model_list(json_of(r))) {
      report_.models = std::move(*listed);
      report_.models_known = true;
      return conclude(backend_health::ready);
    }
    if (r.status == 429) return conclude(backend_health::ready, "its model list is rate-limited");
    if (r.status == 200) return conclude(backend_health::misconfigured, "its model list cannot be read");
    asked_info_ = true;
    ask("/info");
  }

  void info(const probe_reply& r) {
    const auto root = json_of(r);
    model_offer offer;
    offer.name = offer.upstream = root["model_id"].text_or("");
    // It serves requests all the same when the configuration names its models.
    if (!is_acceptable_model_id(offer.name)) return conclude(backend_health::ready, "it lists no models");
    for (const auto tokens : {root["max_total_tokens"].integer(), root["max_input_tokens"].integer()})
      if (!offer.context_length && tokens && *tokens > 0) offer.context_length = tokens;
    offer.loaded = true;
    report_.version = clean_version(root["version"].text_or(""));
    report_.models.push_back(std::move(offer));
    report_.models_known = true;
    conclude(backend_health::ready);
  }

  bool asked_info_ = false;
};

}  // namespace

std::unique_ptr<probe> make_openai_probe() { return std::make_unique<openai_probe>(); }

}  // namespace edgemesh::dialects
