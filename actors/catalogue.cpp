#include "actors/catalogue.hpp"

#include <algorithm>

#include "routing/ollama_name.hpp"

namespace edgemesh::actors {

namespace {

bool is_same_model(backend_kind kind, const std::string& a, const std::string& b) {
  return a == b || (kind == backend_kind::ollama && routing::canonical_ollama_name(a) == routing::canonical_ollama_name(b));
}

bool is_allowed(const settings::backend_settings& s, backend_kind kind, const std::string& upstream) {
  return s.models.empty() ||
         std::any_of(s.models.begin(), s.models.end(), [&](const auto& m) { return is_same_model(kind, m, upstream); });
}

/// Names alone, where the backend has no list.
std::vector<model_offer> names_of(const settings::backend_settings& s) {
  std::vector<model_offer> out;
  const auto add = [&](const std::string& upstream) {
    if (std::any_of(out.begin(), out.end(), [&](const auto& m) { return m.upstream == upstream; })) return;
    model_offer offer;
    offer.name = offer.upstream = upstream;
    out.push_back(std::move(offer));
  };
  for (const auto& m : s.models) add(m);
  for (const auto& [name, upstream] : s.rename)
    if (s.models.empty()) add(upstream);
  return out;
}

}  // namespace

bool catalogue::listed(std::vector<model_offer> models, const settings::backend_settings& settings, backend_kind kind) {
  if (models.size() > models_max) models.resize(models_max);
  // Some servers put the present time into `created`: the first one seen stays.
  for (auto& m : models) {
    const auto known = std::find_if(listed_.begin(), listed_.end(), [&](const auto& l) { return l.upstream == m.upstream; });
    if (known != listed_.end()) m.created = known->created;
  }
  listed_ = std::move(models);
  missing_.clear();
  is_known_ = true;
  return rebuild(settings, kind);
}

bool catalogue::configured(const settings::backend_settings& settings, backend_kind kind) { return rebuild(settings, kind); }

bool catalogue::missed(const std::string& public_name) {
  const auto gone = std::find_if(offers_.begin(), offers_.end(), [&](const auto& o) { return o.name == public_name; });
  if (gone == offers_.end()) return false;
  if (missing_.size() < missing_max) missing_.insert(public_name);
  offers_.erase(gone);
  return true;
}

bool catalogue::rebuild(const settings::backend_settings& settings, backend_kind kind) {
  std::vector<model_offer> next;
  const auto offer = [&](model_offer m, const std::string& name) {
    m.name = name;
    if (!missing_.contains(name)) next.push_back(std::move(m));
  };
  for (const auto& m : is_known_ ? listed_ : names_of(settings)) {
    const std::string& upstream = m.upstream.empty() ? m.name : m.upstream;
    if (!is_allowed(settings, kind, upstream)) continue;
    bool is_renamed = false;
    for (const auto& [name, of] : settings.rename)
      if (is_same_model(kind, of, upstream)) {
        offer(m, name);
        is_renamed = true;
      }
    if (!is_renamed) offer(m, m.name.empty() ? upstream : m.name);
  }
  if (next == offers_) return false;
  offers_ = std::move(next);
  return true;
}

}  // namespace edgemesh::actors
