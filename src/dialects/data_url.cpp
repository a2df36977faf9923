#include "dialects/data_url.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"

namespace edgemesh::dialects {

bool is_data_url(std::string_view url) noexcept { return ascii::iequals(url.substr(0, 5), "data:"); }

std::optional<std::string_view> base64_of_data_url(std::string_view url) noexcept {
  constexpr std::string_view marker = ";base64";
  if (!is_data_url(url)) return std::nullopt;
  const auto comma = url.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto header = url.substr(0, comma);
  if (header.size() < marker.size()) return std::nullopt;
  if (!ascii::iequals(header.substr(header.size() - marker.size()), marker)) return std::nullopt;
  const auto text = url.substr(comma + 1);
  if (text.empty() || !base64::valid(text)) return std::nullopt;
  return text;
}

}  // namespace edgemesh::dialects
