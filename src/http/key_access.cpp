#include "http/key_access.hpp"

#include <algorithm>

#include "routing/constraints.hpp"

namespace edgemesh::http {

namespace {

bool lists(const allow_list& list, std::string_view name) { return list->contains(std::string(name)); }

bool lets_through(const policy_terms& t, std::string_view node, std::string_view backend, std::string_view site) {
  if (t.sites && !lists(t.sites, site)) return false;
  if (!t.backends || lists(t.backends, backend)) return true;
  return !node.empty() && t.backends->contains(std::string(node).append("/").append(backend));
}

}  // namespace

bool key_access::may_use(std::string_view node, std::string_view backend, std::string_view site) const {
  return std::all_of(key_->holders.begin(), key_->holders.end(), [&](const auto& h) { return lets_through(h->terms, node, backend, site); });
}

std::string allowed_name(const routing::route_table& table, const admission::key_entry& key, std::string_view asked) {
  if (asked.empty()) asked = table.sole_model().value_or(std::string_view{});
  if (key.may_use_model(asked)) return std::string(asked);
  if (table.find_virtual(asked) != nullptr) return {};
  auto offers = table.candidates_for(asked);
  const auto pinned = offers.empty() ? routing::parse_pin(asked).model : asked;
  if (offers.empty()) offers = table.candidates_for(pinned);
  if (offers.empty() || key.may_use_model(pinned)) return std::string(pinned);
  const auto listed = std::find_if(offers.begin(), offers.end(), [&](const auto& c) { return key.may_use_model(c.model->name); });
  return listed == offers.end() ? std::string() : listed->model->name;
}

}  // namespace edgemesh::http
