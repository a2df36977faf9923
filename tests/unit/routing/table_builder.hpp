// Route tables for tests, written as a list of backends.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "routing/decide.hpp"

namespace edgemesh::routing {

inline constexpr instant test_now{seconds(100'000)};

/// A ready backend of this node with one path; change what the test is about.
inline std::shared_ptr<backend_row> make_row(std::string name, std::vector<std::string> models = {},
                                             backend_kind kind = backend_kind::openai, std::string node = "n1") {
  auto row = std::make_shared<backend_row>();
  row->name = std::move(name);
  row->node = std::move(node);
  row->kind = kind;
  row->data_class = 2;
  for (auto& m : models) {
    model_offer offer;
    offer.upstream = m;
    offer.name = std::move(m);
    row->models.push_back(std::move(offer));
  }
  row->paths.resize(1);
  row->paths[0].node = row->node;
  row->cell = std::make_shared<backend_cell>();
  row->cell->health = backend_health::ready;
  return row;
}

inline route_table make_table(const std::vector<std::shared_ptr<backend_row>>& rows, std::vector<virtual_model> virtuals = {},
                              std::string default_model = {}) {
  return route_table(1, data_classes{}, {rows.begin(), rows.end()}, std::move(virtuals), std::move(default_model));
}

inline route_query ask(std::string_view model) {
  route_query q;
  q.model = model;
  q.now = test_now;
  return q;
}

inline std::string chosen(const decision& d) { return d.choice ? d.choice->backend->name : std::string(); }

inline decision decide(const route_table& table, const route_query& query, bool explain = false, std::uint64_t seed = 1) {
  random_source rng(seed);
  return decide(table, query, rng, explain);
}

inline const verdict* verdict_of(const decision& d, std::string_view backend) {
  for (const auto& v : d.verdicts)
    if (v.who.backend->name == backend) return &v;
  return nullptr;
}

}  // namespace edgemesh::routing
