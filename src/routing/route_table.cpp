#include "routing/route_table.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/check.hpp"
#include "routing/ollama_name.hpp"

namespace edgemesh::routing {
namespace {

constexpr std::size_t name_length_max = 512;

void add_paths(std::vector<candidate>& list, const backend_row& row, const model_offer& model) {
  if (!list.empty() && list.back().backend == &row) return;  // two of its names mean the same model: one candidate
  for (const auto& path : row.paths) list.push_back({&row, &model, &path});
}

}  // namespace

route_table::route_table(std::uint64_t version, data_classes classes,
                         std::vector<std::shared_ptr<const backend_row>> backends,
                         std::vector<virtual_model> virtual_models, std::string default_model, std::string own_site)
    : version_(version),
      classes_(std::move(classes)),
      backends_(std::move(backends)),
      virtual_models_(std::move(virtual_models)),
      sole_model_(std::move(default_model)),
      own_site_(std::move(own_site)) {
  for (const auto& row : backends_) {
    EDGEMESH_CHECK(row && row->cell);
    for (const auto& path : row->paths) has_peers_ = has_peers_ || !path.local;
    index(*row);
  }
  merge_ollama_offers();
  if (sole_model_.empty()) find_sole_model();
}

void route_table::index(const backend_row& row) {
  const bool ollama = row.kind == backend_kind::ollama;
  for (const auto& model : row.models) {
    add_paths(by_name_[model.name], row, model);
    if (ollama) add_paths(by_ollama_name_[canonical_ollama_name(model.name)], row, model);
  }
}

void route_table::merge_ollama_offers() {
  if (by_ollama_name_.empty()) return;
  for (auto& [name, list] : by_name_) {
    const auto same = by_ollama_name_.find(canonical_ollama_name(name));
    if (same == by_ollama_name_.end()) continue;
    std::unordered_set<const backend_row*> known;
    for (const auto& c : list) known.insert(c.backend);
    for (const auto& c : same->second)
      if (!known.contains(c.backend)) list.push_back(c);
  }
}

void route_table::find_sole_model() {
  const auto names = model_names();
  if (names.size() == 1) sole_model_ = names.front();
}

const virtual_model* route_table::find_virtual(std::string_view name) const noexcept {
  const auto at = std::find_if(virtual_models_.begin(), virtual_models_.end(),
                               [name](const virtual_model& v) { return v.name == name; });
  return at == virtual_models_.end() ? nullptr : &*at;
}

std::span<const candidate> route_table::candidates_for(std::string_view model) const {
  if (model.empty() || model.size() > name_length_max) return {};
  if (const auto at = by_name_.find(model); at != by_name_.end()) return at->second;
  if (by_ollama_name_.empty()) return {};
  const auto at = by_ollama_name_.find(canonical_ollama_name(model));
  return at == by_ollama_name_.end() ? std::span<const candidate>{} : at->second;
}

std::vector<candidate> route_table::offers_of(std::string_view model) const {
  const auto found = candidates_for(model);
  return {found.begin(), found.end()};
}

std::optional<std::string_view> route_table::sole_model() const noexcept {
  if (sole_model_.empty()) return std::nullopt;
  return sole_model_;
}

std::vector<std::string> route_table::model_names() const {
  std::vector<std::string> out;
  out.reserve(by_name_.size() + virtual_models_.size());
  for (const auto& [name, list] : by_name_) out.push_back(name);
  for (const auto& v : virtual_models_) out.push_back(v.name);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace edgemesh::routing
