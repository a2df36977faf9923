// The hard constraints: which one refuses a candidate, and what to say about it. Pure but for the load that is read
// from the candidate's cell; no allocation except in detail_of().
#pragma once
#include <string>
#include <string_view>

#include "routing/decide.hpp"

namespace edgemesh::routing {

/// What a pinned name asks for: `backend::model` or `node/backend::model`. Empty backend: no pin. Views into the name.
struct pin {
  std::string_view node, backend, model;
  bool fits(const candidate& c) const noexcept;
};
pin parse_pin(std::string_view name) noexcept;

/// What one lookup asks of every candidate.
struct needs {
  const route_query& query;
  pin pinned;
  class_level data_class = 0;  ///< effective
  bool silent_ways = false;    ///< ways on which the node does not answer are taken too
};

/// The first constraint, in the order of decide.hpp, that the candidate breaks; none when it may be chosen.
refusal check(const candidate& c, const needs& n) noexcept;

/// Whether who asks may use this candidate; null: anybody.
bool is_open_to(const access* asker, const candidate& c) noexcept;

/// What the node that holds the path's connection calls the backend.
std::string_view name_on(const backend_path* path, const backend_row& row) noexcept;
/// The node that holds the path's connection.
std::string_view node_of(const backend_path* path, const backend_row& row) noexcept;

/// Ready before unknown before warming: a later one is used only when no earlier one is left.
int health_rank(const backend_row& row) noexcept;
inline constexpr int warming_rank = 2;

/// The first capability that the request needs and the model is known to lack.
std::optional<capability> missing_capability(const model_offer& model, const openai::request_facts& facts) noexcept;

/// For people: "needs vision", "context 4096 < 9000". Never text of a client.
std::string detail_of(refusal why, const candidate& c, const needs& n, const data_classes& classes);

}  // namespace edgemesh::routing
