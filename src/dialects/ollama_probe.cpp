#include "dialects/ollama_probe.hpp"

#include <deque>
#include <map>
#include <unordered_map>

#include "dialects/model_list.hpp"
#include "dialects/ollama_model.hpp"
#include "dialects/probe_run.hpp"
#include "json/writer.hpp"

namespace edgemesh::dialects {
namespace {

constexpr std::size_t shows_max = 8, remembered_max = 512;

class ollama_probe final : public probe_run {
 public:
  explicit ollama_probe(probe_memory* memory) : probe_run(backend_kind::ollama), memory_(memory) { ask("/api/version"); }

 private:
  enum class step { version, tags, loaded, show };

  void received(const probe_reply& r) override {
    switch (step_) {
      case step::version: return version(r);
      case step::tags: return tags(r);
      case step::loaded: return loaded(r);
      case step::show: return show(r);
    }
  }

  void ask_at(step s, probe_request question) {
    step_ = s;
    ask(std::move(question));
  }

  void version(const probe_reply& r) {
    if (failed(r, backend_health::down, "it is busy")) return;
    const auto text = json_of(r)["version"].text();
    if (!text) return conclude(backend_health::misconfigured, "it is not an Ollama server");
    report_.version = clean_version(*text);
    ask_at(step::tags, {.target = "/api/tags", .bytes_max = 4u << 20});
  }

  void tags(const probe_reply& r) {
    if (failed(r, backend_health::down, "it is busy")) return;
    const auto list = json_of(r)["models"];
    if (list.type() != json::kind::array && !list.is_null())
      return conclude(backend_health::misconfigured, "its model list cannot be read");
    // By name: Ollama orders by time of change, and lists that differ in nothing else must be equal.
    std::map<std::string, std::pair<model_offer, std::string>> by_name;
    for (auto entry : list.elements()) {
      if (by_name.size() == listed_models_max) break;
      auto offer = offer_of_tag(entry);
      if (!offer) continue;
      auto name = offer->name;
      by_name.emplace(std::move(name), std::pair(std::move(*offer), entry["digest"].text_or("")));
    }
    for (auto& [name, listed] : by_name) {
      recall(listed.first, std::move(listed.second));
      report_.models.push_back(std::move(listed.first));
    }
    report_.models_known = true;
    report_.health = backend_health::ready;
    ask_at(step::loaded, {.target = "/api/ps"});
  }

  // Takes what an earlier run was shown, else puts the model on the list of those to ask for.
  void recall(model_offer& offer, std::string digest) {
    if (digest.size() > 128) digest.clear();
    if (memory_ && !digest.empty())
      for (const auto& [known, shown] : memory_->shown)
        if (known == digest) {
          offer.context_length = shown.context_length;
          offer.capabilities = shown.capabilities;
          return;
        }
    if (!offer.context_length || offer.capabilities.empty()) unknown_.push_back({report_.models.size(), std::move(digest)});
  }

  void loaded(const probe_reply& r) {
    const auto list = json_of(r)["models"];
    if (list.type() == json::kind::array || list.is_null()) {
      std::unordered_map<std::string, std::optional<std::int64_t>> in_memory;
      for (auto entry : list.elements()) {
        if (in_memory.size() == listed_models_max) break;
        in_memory.emplace(entry["name"].text_or(entry["model"].text_or("")), entry["context_length"].integer());
      }
      for (std::size_t i = 0; i < report_.models.size(); ++i) {
        const auto found = in_memory.find(report_.models[i].name);
        report_.models[i].loaded = found != in_memory.end();
        if (found != in_memory.end() && found->second && *found->second > 0) running_context_.emplace(i, *found->second);
      }
      ask_for_loaded_first();
    }
    show_next();
  }

  void ask_for_loaded_first() {
    std::deque<unknown_model> ordered;
    for (const bool is_loaded : {true, false})
      for (const auto& u : unknown_)
        if (report_.models[u.index].loaded == is_loaded) ordered.push_back(u);
    unknown_ = std::move(ordered);
  }

  void show_next() {
    if (unknown_.empty() || shows_ == shows_max) return finish();
    ++shows_;
    probe_request question{.method = "POST", .target = "/api/show", .bytes_max = 4u << 20};
    json::writer(question.body).begin_object().member("model", report_.models[unknown_.front().index].upstream).end_object();
    ask_at(step::show, std::move(question));
  }

  void show(const probe_reply& r) {
    const auto asked = std::move(unknown_.front());
    unknown_.pop_front();
    if (r.result != probe_reply::outcome::answered) return finish();  // no reason to wait for the others too
    const auto reply = json_of(r);
    if (reply.type() == json::kind::object) {
      describe_ollama_model(report_.models[asked.index], reply);
      remember(asked.digest, report_.models[asked.index]);
    }
    show_next();
  }

  void remember(const std::string& digest, const model_offer& shown) {
    if (!memory_ || digest.empty()) return;
    model_offer kept;
    kept.context_length = shown.context_length;
    kept.capabilities = shown.capabilities;
    if (memory_->shown.size() >= remembered_max) memory_->shown.erase(memory_->shown.begin());
    memory_->shown.emplace_back(digest, std::move(kept));
  }

  // A model in memory has the context that it was loaded with, whatever it could have.
  void finish() {
    for (const auto& [index, tokens] : running_context_) report_.models[index].context_length = tokens;
  }

  struct unknown_model {
    std::size_t index;  // in report_.models
    std::string digest;
  };
  step step_ = step::version;
  probe_memory* memory_;
  std::deque<unknown_model> unknown_;
  std::unordered_map<std::size_t, std::int64_t> running_context_;
  std::size_t shows_ = 0;
};

}  // namespace

std::unique_ptr<probe> make_ollama_probe(probe_memory* memory) { return std::make_unique<ollama_probe>(memory); }

}  // namespace edgemesh::dialects
