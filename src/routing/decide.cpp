#include "routing/decide.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "openai/nearest_models.hpp"
#include "routing/constraints.hpp"
#include "routing/cost.hpp"
#include "routing/route_condition.hpp"
#include "routing/tally.hpp"
#include "routing/two_choices.hpp"

namespace edgemesh::routing {
namespace {

constexpr int virtual_depth_max = 4;
constexpr int routes_tried_max = 64;  // per decision, however virtual models refer to each other
constexpr std::size_t quoted_name_max = 128;

/// Where a lookup stands: route `index` of `model`, reached through `above`.
struct trail {
  const virtual_model* model = nullptr;
  std::size_t index = 0;
  const trail* above = nullptr;
  int depth = 0;

  bool passes(const virtual_model* v) const noexcept { return model == v || (above != nullptr && above->passes(v)); }
};

std::string text_of(const trail* at) {
  if (at == nullptr) return {};
  auto out = text_of(at->above);
  if (!out.empty()) out += " > ";
  return out.append(at->model->name).append("[").append(std::to_string(at->index)).append("]");
}

/// A name as far as an error repeats it.
std::string quotable(std::string_view name) {
  if (name.size() <= quoted_name_max) return std::string(name);
  name = name.substr(0, quoted_name_max);
  return std::string(name.substr(0, utf8::complete_prefix(name))) + "...";
}

class decider {
 public:
  decider(const route_table& table, const route_query& query, random_source& rng, bool explain) noexcept
      : table_(table), query_(query), rng_(rng), explain_(explain) {}

  decision run();

 private:
  void search();
  bool try_name(std::string_view name, class_level level, const trail* at);
  bool try_virtual(const virtual_model& model, class_level level, const trail* above);
  bool try_model(std::string_view name, class_level level, const trail* at);
  bool try_offers(std::span<const candidate> offers, const pin& pinned, class_level level, const trail* at);
  void note_refusal(refusal why, const candidate& c, const needs& n) noexcept;
  bool is_better_path(const candidate& a, const candidate& b) const noexcept;
  bool accept(const candidate& c, class_level level, const trail* at);
  std::optional<openai::api_error> ambiguous(std::span<const candidate> offers, const pin& pinned) const;
  void add_verdict(const candidate& c, refusal why, const needs& n);
  void explain_choice(std::size_t from, const two_choices& choice, const candidate& chosen);
  void explain_the_rest();
  void fill_error(std::string_view wanted);
  openai::api_error not_found(std::string_view wanted) const;
  std::vector<std::string> names_to_show() const;

  const route_table& table_;
  const route_query& query_;
  random_source& rng_;
  const bool explain_;
  decision out_;
  tally tally_;
  int routes_tried_ = 0;
  bool any_route_held_ = false;
  bool met_silent_ = false, takes_silent_ = false;
  class_level highest_class_ = 0;  // that any virtual model on the way asked for
};

/// A node that does not answer for a moment is better than none.
decision decider::run() {
  search();
  if (!out_.choice && met_silent_) {
    takes_silent_ = true;
    out_ = {};
    tally_ = {};
    routes_tried_ = 0;
    search();
  }
  if (explain_) explain_the_rest();
  return std::move(out_);
}

void decider::search() {
  out_.data_class = query_.data_class;
  auto wanted = query_.model;
  if (wanted.empty()) wanted = table_.sole_model().value_or(std::string_view{});
  if (wanted.empty()) {
    out_.model_unknown = table_.model_names().empty();
    out_.error = openai::bad_request("You must provide a model parameter.", "model");
  } else {
    if (query_.target_backend.empty()) try_name(wanted, query_.data_class, nullptr);
    else try_offers(table_.candidates_for(wanted), {query_.target_node, query_.target_backend, wanted}, query_.data_class, nullptr);
    if (!out_.choice && !out_.error) fill_error(wanted);
  }
}

/// True when the search is over.
bool decider::try_name(std::string_view name, class_level level, const trail* at) {
  const int depth = at == nullptr ? 0 : at->depth;
  const auto* v = depth < virtual_depth_max ? table_.find_virtual(name) : nullptr;
  // A name that is being resolved already means the real model behind it: so no cycle can exist.
  if (v != nullptr && (at == nullptr || !at->passes(v))) return try_virtual(*v, level, at);
  return try_model(name, level, at);
}

bool decider::try_virtual(const virtual_model& model, class_level level, const trail* above) {
  level = std::max(level, model.data_class.value_or(level));
  highest_class_ = std::max(highest_class_, level);
  for (std::size_t i = 0; i < model.routes.size() && routes_tried_ < routes_tried_max; ++i) {
    const auto& route = model.routes[i];
    if (!holds_without_class(route.when, query_)) continue;
    if (!class_holds(route.when, level)) {
      tally_.route_denied(level);
      continue;
    }
    any_route_held_ = true;
    ++routes_tried_;
    const trail here{&model, i, above, above == nullptr ? 1 : above->depth + 1};
    if (try_name(route.use, level, &here)) return true;
  }
  return false;
}

bool decider::try_model(std::string_view name, class_level level, const trail* at) {
  pin pinned{{}, {}, name};
  auto offers = table_.candidates_for(name);
  if (offers.empty()) {
    pinned = parse_pin(name);
    if (!pinned.backend.empty()) offers = table_.candidates_for(pinned.model);
  }
  if (offers.empty()) return false;
  if ((out_.error = ambiguous(offers, pinned))) return true;
  return try_offers(offers, pinned, level, at);
}

bool decider::try_offers(std::span<const candidate> offers, const pin& pinned, class_level level, const trail* at) {
  const needs n{query_, pinned, level, takes_silent_};
  two_choices choice(table_, rng_, to_ticks(query_.now));
  const auto first_verdict = out_.verdicts.size();
  const candidate* best = nullptr;  // of the paths of one backend, which stand side by side
  for (const auto& c : offers) {
    const auto why = check(c, n);
    if (best != nullptr && best->backend != c.backend) choice.offer(*std::exchange(best, nullptr));
    if (why != refusal::none) note_refusal(why, c, n);
    else if (best == nullptr || is_better_path(c, *best)) best = &c;
    if (explain_) add_verdict(c, why, n);
  }
  if (best != nullptr) choice.offer(*best);
  const auto* chosen = choice.pick();
  if (chosen == nullptr) return false;
  if (explain_) explain_choice(first_verdict, choice, *chosen);
  return accept(*chosen, level, at);
}

void decider::note_refusal(refusal why, const candidate& c, const needs& n) noexcept {
  tally_.refused(why, c, n);
  met_silent_ = met_silent_ || (why == refusal::unreachable && c.path->cell && c.path->cell->is_silent());
}

/// Of two paths of one backend: the own connection, then one with room, then the own site, then the shorter way.
bool decider::is_better_path(const candidate& a, const candidate& b) const noexcept {
  if (a.path->local != b.path->local) return a.path->local;
  if (a.path->is_full != b.path->is_full) return b.path->is_full;
  if (table_.is_near(*a.path) != table_.is_near(*b.path)) return table_.is_near(*a.path);
  if (a.path->hops != b.path->hops) return a.path->hops < b.path->hops;
  return distance_of(*a.path) < distance_of(*b.path);
}

/// The first find stands, unless it is still loading its model and a later route has one that is not.
bool decider::accept(const candidate& c, class_level level, const trail* at) {
  const bool warming = health_rank(*c.backend) >= warming_rank;
  if (out_.choice && warming) return false;
  out_.choice = c;
  out_.model = c.model->name;
  out_.virtual_route = text_of(at);
  out_.data_class = level;
  return !warming;
}

/// `backend::model` where backends of that name stand on several nodes.
std::optional<openai::api_error> decider::ambiguous(std::span<const candidate> offers, const pin& pinned) const {
  if (pinned.backend.empty() || !pinned.node.empty()) return std::nullopt;
  constexpr int named_max = 8;
  const backend_row* last = nullptr;
  int fitting = 0;
  std::string names;
  for (const auto& c : offers) {
    if (c.backend == last || !pinned.fits(c) || !is_open_to(query_.asker, c)) continue;
    last = c.backend;
    if (++fitting > named_max) break;
    names.append(names.empty() ? "" : ", ").append(node_of(c.path, *last)).append("/").append(pinned.backend);
    names.append("::").append(c.model->name);
  }
  if (fitting < 2) return std::nullopt;
  if (fitting > named_max) names += ", ...";
  return openai::bad_request("Several backends have this name; ask for one of: " + names, "model", "ambiguous_backend");
}

void decider::add_verdict(const candidate& c, refusal why, const needs& n) {
  const int in_flight = c.backend->cell->in_flight.load(std::memory_order_relaxed);
  const double cost = cost_of(c, to_ticks(query_.now)), distance = c.path == nullptr ? 0 : distance_of(*c.path);
  out_.verdicts.push_back({c, why, detail_of(why, c, n, table_.classes()), in_flight, cost, distance});
}

/// Says why those that broke no constraint were still not in the choice.
void decider::explain_choice(std::size_t from, const two_choices& choice, const candidate& chosen) {
  for (auto i = from; i < out_.verdicts.size(); ++i) {
    auto& v = out_.verdicts[i];
    if (v.refused_by != refusal::none) continue;
    const needs n{query_, {}, 0};
    if (health_rank(*v.who.backend) > choice.health_rank()) v.refused_by = refusal::health;
    else if (choice.has_room() && is_saturated(*v.who.backend->cell, to_ticks(query_.now))) v.refused_by = refusal::concurrency;
    else if (v.who.backend->priority > choice.priority()) v.refused_by = refusal::priority;
    else if (choice.stays_near() && !choice.is_near_with_room(v.who)) v.refused_by = refusal::distance;
    else if (v.who.backend == chosen.backend && v.who.path != chosen.path) v.refused_by = refusal::distance;
    v.detail = detail_of(v.refused_by, v.who, n, table_.classes());
  }
}

void decider::explain_the_rest() {
  for (const auto& row : table_.backends()) {
    const bool seen = std::any_of(out_.verdicts.begin(), out_.verdicts.end(),
                                  [&](const verdict& v) { return v.who.backend == row.get(); });
    if (seen) continue;
    const candidate c{row.get(), nullptr, row->paths.empty() ? nullptr : &row->paths.front()};
    add_verdict(c, refusal::model, {query_, {}, 0});
  }
}

/// Who asks learns of nothing that it may not use.
std::vector<std::string> decider::names_to_show() const {
  auto names = table_.model_names();
  if (query_.asker != nullptr) std::erase_if(names, [&](const std::string& n) { return !query_.asker->may_see(n); });
  return names;
}

openai::api_error decider::not_found(std::string_view wanted) const {
  const auto name = quotable(wanted);
  const auto pinned = parse_pin(wanted);
  if (tally_.reason() != refusal::pin)
    return openai::model_not_found(name, openai::nearest_models(name, names_to_show()));
  std::vector<std::string> elsewhere;
  for (const auto& c : table_.candidates_for(pinned.model))
    if (is_open_to(query_.asker, c) && elsewhere.size() < 3 && (elsewhere.empty() || !elsewhere.back().starts_with(c.backend->name + "::")))
      elsewhere.push_back(c.backend->name + "::" + c.model->name);
  return openai::model_not_found(name, elsewhere);
}

void decider::fill_error(std::string_view wanted) {
  out_.data_class = std::max(out_.data_class, highest_class_);
  const bool is_virtual = table_.find_virtual(wanted) != nullptr;
  const auto reason = tally_.reason();
  const bool missing = reason == refusal::none || reason == refusal::pin;
  if (is_virtual && !any_route_held_ && reason == refusal::none) {
    out_.error = openai::bad_request("No route of this virtual model is meant for a request like this.", "model",
                                     "no_route");
    return;
  }
  out_.because = reason;
  out_.model_unknown = missing;
  out_.model = is_virtual ? wanted : missing ? std::string_view{} : tally_.model();
  // A virtual model is there even while nobody offers what it stands for.
  out_.error = missing && !is_virtual ? not_found(wanted) : tally_.error(query_, table_.classes());
}

}  // namespace

decision decide(const route_table& table, const route_query& query, random_source& rng, bool explain) {
  return decider(table, query, rng, explain).run();
}

}  // namespace edgemesh::routing
