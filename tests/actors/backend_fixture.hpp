// A backend actor whose probes and name lookups are the test's.
#pragma once
#include "actors/backend_state.hpp"
#include "tests/actors/virtual_time.hpp"

namespace edgemesh::actors {

class backend_test : public virtual_time {
 protected:
  struct running_probe {
    probe_order order;
    std::function<void(std::shared_ptr<const probe_result>)> done;
  };
  struct running_lookup {
    std::string host;
    std::function<void(result<std::vector<ip_address>>)> done;
  };

  static backend_spec spec_of(std::string url, backend_kind kind = backend_kind::llamacpp) {
    backend_spec s;
    s.settings.name = "box";
    s.settings.kind = kind;
    s.settings.url = *parse_backend_url(url);
    s.node = "here";
    return s;
  }
  backend_actor spawn(backend_spec spec, std::shared_ptr<const probe_result> first = nullptr) {
    directory = recording_directory(&listed);
    keeper = recording_keeper(&told);
    backend_deps deps;
    deps.spec = std::move(spec);
    deps.first = std::move(first);
    deps.probe = [this](probe_order o, auto done) { probes.push_back({std::move(o), std::move(done)}); };
    deps.resolve = [this](const std::string&, const std::string& host, auto done) { lookups.push_back({host, std::move(done)}); };
    deps.directory = directory;
    deps.keeper = keeper;
    return keep(spawn_backend(home(), std::move(deps)));
  }

  static probe_result good(std::vector<std::string> models = {"m"}) {
    probe_result r;
    r.report.kind = backend_kind::llamacpp;
    r.report.health = backend_health::ready;
    r.report.models_known = true;
    for (auto& name : models) {
      model_offer m;
      m.name = m.upstream = name;
      r.report.models.push_back(std::move(m));
    }
    r.is_answered = true;
    r.latency = milliseconds(3);
    return r;
  }
  static probe_result silent() {
    probe_result r;
    r.report.kind = backend_kind::llamacpp;
    r.report.health = backend_health::down;
    r.report.detail = "does not answer";
    return r;
  }
  static probe_result refused() {
    auto r = silent();
    r.is_refused = true;
    return r;
  }
  /// Answers the probe that runs.
  void answer(probe_result r) {
    ASSERT_FALSE(probes.empty()) << "no probe runs";
    const auto p = std::move(probes.back());
    probes.clear();
    p.done(std::make_shared<const probe_result>(std::move(r)));
    settle();
  }
  static http::attempt_outcome outcome(attempt_cause cause) {
    http::attempt_outcome o;
    o.backend = "box";
    o.cause = cause;
    return o;
  }
  void attempt(const backend_actor& a, http::attempt_outcome o) { tell(a, attempt_reported{std::move(o)}); }
  void attempt(const backend_actor& a, attempt_cause cause) { attempt(a, outcome(cause)); }
  const routing::backend_row& row() const { return *listed.rows.back(); }
  backend_cell& cell() const { return *listed.rows.back()->cell; }
  const backend_view& view() const { return *listed.views.back(); }

  std::vector<running_probe> probes;
  std::vector<running_lookup> lookups;
  directory_log listed;
  keeper_log told;
  directory_actor directory;
  keeper_actor keeper;
};

}  // namespace edgemesh::actors
