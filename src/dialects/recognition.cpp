// Recognition of an unknown endpoint in the order of backends.md F.6. Single paths prove little: LocalAI and some
// llama-server builds serve Ollama's, so each kind needs two signs.
#include <utility>

#include "base/ascii.hpp"
#include "dialects/model_list.hpp"
#include "dialects/probe.hpp"
#include "dialects/probe_run.hpp"

namespace edgemesh::dialects {
namespace {

constexpr milliseconds question_timeout{1500};
constexpr std::size_t reply_bytes_max = 64u << 10;

class recognition final : public probe {
 public:
  explicit recognition(probe_memory* memory) : memory_(memory) { ask(step::root, "/"); }

  std::optional<probe_request> next() override { return known_ ? known_->next() : asked_; }

  void reply(const probe_reply& r) override {
    if (!r.edgemesh_node.empty()) is_edgemesh_ = true;
    if (known_) return known_->reply(r);
    asked_.reset();
    if (is_edgemesh_) return continue_as(backend_kind::openai);
    if (says_loading_model(r)) return continue_as(backend_kind::llamacpp);
    switch (step_) {
      case step::root: return root(r);
      case step::api_version: return api_version(r);
      case step::readyz: return readyz(r);
      case step::props: return props(r);
      case step::models: return models(r);
      case step::version: return version(r);
      case step::info: return info(r);
    }
  }

  probe_report report() const override {
    auto out = known_ ? known_->report() : report_;
    out.is_edgemesh = out.is_edgemesh || is_edgemesh_;
    return out;
  }

 private:
  enum class step { root, api_version, readyz, props, models, version, info };

  void ask(step s, std::string target, std::size_t bytes_max = reply_bytes_max) {
    step_ = s;
    asked_ = probe_request{.target = std::move(target), .timeout = question_timeout, .bytes_max = bytes_max};
  }

  void continue_as(backend_kind kind) { known_ = make_probe(kind, memory_); }

  void unreachable(std::string detail) {
    report_.health = backend_health::down;
    report_.detail = std::move(detail);
  }

  void root(const probe_reply& r) {
    if (r.result != probe_reply::outcome::answered) return unreachable(unanswered_text(r));
    if (r.status == 200 && ascii::trim(r.body) == "Ollama is running") return ask(step::api_version, "/api/version");
    ask(step::props, "/props");
  }

  void api_version(const probe_reply& r) {
    if (json_of(r)["version"].type() == json::kind::string) return ask(step::readyz, "/readyz");
    ask(step::props, "/props");
  }

  // LocalAI imitates both signs of an Ollama, but has /readyz.
  void readyz(const probe_reply& r) {
    const bool is_local_ai = r.result == probe_reply::outcome::answered && r.status == 200;
    continue_as(is_local_ai ? backend_kind::openai : backend_kind::ollama);
  }

  void props(const probe_reply& r) {
    const auto root = json_of(r);
    if (root["default_generation_settings"].type() == json::kind::object || root["role"].equals("router"))
      return continue_as(backend_kind::llamacpp);
    ask(step::models, "/v1/models", 1u << 20);  // a catalogue may be longer than any other answer
  }

  void models(const probe_reply& r) {
    if (r.result == probe_reply::outcome::answered && (r.status == 401 || r.status == 403)) return ask(step::version, "/version");
    const auto listed = read_model_list(json_of(r));
    if (!listed) return ask(step::info, "/info");
    const auto owner = listed->empty() ? std::string() : listed->front().owned_by;
    if (owner == "vllm") return ask(step::version, "/version");
    continue_as(owner == "llamacpp" ? backend_kind::llamacpp : backend_kind::openai);
  }

  // A vLLM with a key guards /v1 only and says "Unauthorized" there; its /version stays open.
  void version(const probe_reply& r) {
    const bool has_version = json_of(r)["version"].type() == json::kind::string;
    continue_as(has_version ? backend_kind::vllm : backend_kind::openai);
  }

  void info(const probe_reply& r) {
    const auto root = json_of(r);
    if (root["model_id"].type() == json::kind::string && root["router"].type() == json::kind::string)
      return continue_as(backend_kind::openai);
    report_.health = backend_health::misconfigured;
    report_.detail = "something answers, but no model server that is known";
  }

  probe_memory* memory_;
  step step_ = step::root;
  bool is_edgemesh_ = false;
  std::optional<probe_request> asked_;
  std::unique_ptr<probe> known_;
  probe_report report_;
};

}  // namespace

std::unique_ptr<probe> make_recognition(probe_memory* memory) { return std::make_unique<recognition>(memory); }

}  // namespace edgemesh::dialects
