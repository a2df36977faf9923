#include "openai/nearest_models.hpp"

#include <algorithm>
#include <numeric>

#include "base/ascii.hpp"

namespace edgemesh::openai {
namespace {

constexpr std::size_t name_chars_max = 256;
constexpr std::size_t known_max = 2000;
constexpr std::size_t distance_max = 12;   // more edits than this are another name
constexpr std::size_t shared_part_bonus = 8;

/// Edit distance, or `limit` + 1 as soon as it must be more. Works on a band of 2 × limit + 1 around the diagonal, so
/// that the cost is length × limit.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size()) std::swap(a, b);
  const std::size_t over = limit + 1;
  if (b.size() - a.size() > limit) return over;
  std::size_t row[name_chars_max + 1];
  std::iota(row, row + b.size() + 1, std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const std::size_t from = i > limit ? i - limit : 1, to = std::min(b.size(), i + limit);
    std::size_t diagonal = row[from - 1], best = over;
    row[from - 1] = from == 1 ? i : over;
    for (std::size_t j = from; j <= to; ++j) {
      const std::size_t up = j < i + limit ? row[j] : over;  // outside of the row above's band
      const std::size_t now = std::min({up + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = row[j];
      row[j] = now;
      best = std::min(best, now);
    }
    if (best > limit) return over;
  }
  return std::min(row[b.size()], over);
}

/// The name without owner and tag: "llama3" of "library/llama3:8b".
std::string_view stem(std::string_view name) noexcept {
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return name.substr(0, name.find_first_of(":@"));
}

bool share_a_part(std::string_view a, std::string_view b) noexcept {
  const auto within = [](std::string_view part, std::string_view whole) {
    return part.size() >= 3 && whole.find(part) != std::string_view::npos;
  };
  return within(stem(a), b) || within(stem(b), a);
}

}  // namespace

std::vector<std::string> nearest_models(std::string_view wanted, const std::vector<std::string>& known, std::size_t count) {
  const std::string name = ascii::lower(wanted.substr(0, name_chars_max));
  const std::size_t near = std::clamp<std::size_t>(name.size() / 3, 2, distance_max);
  struct candidate {
    std::size_t score;
    const std::string* name;
  };
  std::vector<candidate> candidates;
  for (std::size_t i = 0; i < std::min(known.size(), known_max); ++i) {
    const std::string other = ascii::lower(std::string_view(known[i]).substr(0, name_chars_max));
    const std::size_t edits = distance(name, other, distance_max);
    const bool shared = share_a_part(name, other);
    if (edits <= near || shared) candidates.push_back({edits + (shared ? 0 : shared_part_bonus), &known[i]});
  }
  std::sort(candidates.begin(), candidates.end(), [](const candidate& a, const candidate& b) {
    return a.score != b.score ? a.score < b.score : *a.name < *b.name;
  });
  std::vector<std::string> names;
  for (const candidate& c : candidates) {
    if (names.size() == count) break;
    if (names.empty() || names.back() != *c.name) names.push_back(*c.name);
  }
  return names;
}

}  // namespace edgemesh::openai
