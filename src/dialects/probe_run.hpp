// What the probes of all kinds share: one question at a time, the report, and what a failed exchange says about health.
// One probe run, one thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "dialects/probe.hpp"
#include "json/value.hpp"

namespace edgemesh::dialects {

class probe_run : public probe {
 public:
  std::optional<probe_request> next() final { return asked_; }
  void reply(const probe_reply& r) final;
  probe_report report() const final { return report_; }

 protected:
  explicit probe_run(backend_kind kind) { report_.kind = kind; }
  /// The answer to the last ask(). Without a new ask() the run is over.
  virtual void received(const probe_reply& r) = 0;

  void ask(probe_request question) { asked_ = std::move(question); }
  void ask(std::string target) { ask(probe_request{.target = std::move(target)}); }
  void conclude(backend_health health, std::string detail = {});
  /// Concludes and returns true when the exchange failed in a way that ends the run: no answer (down), 401 or 403
  /// (misconfigured), 503 (`at_503`, whose detail is `detail_503`), another 5xx (down).
  bool failed(const probe_reply& r, backend_health at_503, std::string_view detail_503);

  probe_report report_;

 private:
  std::optional<probe_request> asked_;
};

/// What to say of a reply that is no answer: its own reason, else the outcome's.
std::string unanswered_text(const probe_reply& r);
/// The reply's body as JSON; none unless it was a 200 with valid JSON. A view into the reply.
json::value json_of(const probe_reply& r) noexcept;
/// llama-server while it loads its model: 503 with this message on whatever path.
bool says_loading_model(const probe_reply& r) noexcept;

}  // namespace edgemesh::dialects
