#include "mock/fault_table.hpp"

#include <algorithm>
#include <utility>

namespace edgemesh::mock {

void fault_table::replace(std::vector<fault_setting> settings, instant now) {
  if (settings.size() > size_max) settings.resize(size_max);
  armed_.clear();
  for (auto& s : settings) {
    std::optional<instant> until;
    if (s.lasting.count() > 0) until = now + s.lasting;
    armed_.push_back({std::move(s), until});
  }
}

std::vector<fault_setting> fault_table::settings(instant now) const {
  std::vector<fault_setting> left;
  for (const auto& a : armed_)
    if (in_force(a, now)) left.push_back(a.setting);
  return left;
}

bool fault_table::in_force(const armed& a, instant now) noexcept {
  return (!a.until || now < *a.until) && (!a.setting.count || *a.setting.count > 0);
}

bool fault_table::shuts(const armed& a) noexcept {
  return a.setting.name == fault_name::refuse && a.setting.probability >= 1 && !a.setting.count;
}

bool fault_table::hits(armed& a, random_source& rng) {
  if (a.setting.probability < 1 && rng.uniform() >= a.setting.probability) return false;
  if (a.setting.count) --*a.setting.count;
  return true;
}

std::optional<fault_setting> fault_table::strike(std::string_view path, path_role role, random_source& rng,
                                                 instant now) {
  for (auto& a : armed_) {
    if (!in_force(a, now)) continue;
    const auto& s = a.setting;
    // Kept connections of a backend that refuses are dead as well; single refusals concern connections alone.
    if (s.name == fault_name::refuse && !shuts(a)) continue;
    const bool concerned = s.name == fault_name::refuse    ? true
                           : !s.path.empty()               ? path.starts_with(s.path)
                           : s.name == fault_name::loading ? role != path_role::page
                                                           : role == path_role::work;
    if (concerned && hits(a, rng)) return s;
  }
  return std::nullopt;
}

bool fault_table::strikes_connection(random_source& rng, instant now) {
  for (auto& a : armed_)
    if (a.setting.name == fault_name::refuse && in_force(a, now) && hits(a, rng)) return true;
  return false;
}

bool fault_table::is_shut(instant now) const noexcept {
  return std::any_of(armed_.begin(), armed_.end(),
                     [&](const armed& a) { return shuts(a) && in_force(a, now); });
}

std::optional<instant> fault_table::shut_until(instant now) const noexcept {
  std::optional<instant> latest;
  for (const auto& a : armed_) {
    if (!shuts(a) || !in_force(a, now)) continue;
    if (!a.until) return std::nullopt;
    latest = latest ? std::max(*latest, *a.until) : *a.until;
  }
  return latest;
}

}  // namespace edgemesh::mock
