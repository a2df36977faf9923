#include "mock/fault.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace edgemesh::mock {
namespace {

constexpr std::array<std::pair<fault_name, std::string_view>, 15> names{{
    {fault_name::refuse, "refuse"},
    {fault_name::hang, "hang"},
    {fault_name::slow, "slow"},
    {fault_name::error_500, "error-500"},
    {fault_name::error_429, "error-429"},
    {fault_name::loading, "loading"},
    {fault_name::drop_before_first, "drop-before-first"},
    {fault_name::drop_mid_stream, "drop-mid-stream"},
    {fault_name::stall_mid_stream, "stall-mid-stream"},
    {fault_name::malformed_event, "malformed-event"},
    {fault_name::empty_200, "empty-200"},
    {fault_name::error_in_200, "error-in-200"},
    {fault_name::huge_event, "huge-event"},
    {fault_name::end_mid_stream, "end-mid-stream"},
    {fault_name::error_mid_stream, "error-mid-stream"},
}};

template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view name_of(fault_name name) noexcept { return names[static_cast<std::size_t>(name)].second; }

std::string fault_names() {
  std::string list;
  for (const auto& [name, text] : names) (list += list.empty() ? "" : " ") += text;
  return list;
}

std::optional<fault_name> fault_name_from(std::string_view text) noexcept {
  for (const auto& [name, word] : names)
    if (word == text) return name;
  return std::nullopt;
}

result<fault_setting> parse_fault(std::string_view text) {
  const auto first = text.find(':');
  const auto name = fault_name_from(text.substr(0, first));
  if (!name)
    return error{"unknown fault '" + std::string(text.substr(0, first)) + "'; one of: " + fault_names()};
  fault_setting setting;
  setting.name = *name;
  if (first == std::string_view::npos) return setting;
  const auto rest = text.substr(first + 1);
  const auto second = rest.find(':');
  const auto probability = number_from<double>(rest.substr(0, second));
  if (!probability || !(*probability >= 0 && *probability <= 1))
    return error{"fault '" + std::string(text) + "': the probability is a number from 0 to 1"};
  setting.probability = *probability;
  if (second == std::string_view::npos) return setting;
  setting.count = number_from<std::uint32_t>(rest.substr(second + 1));
  if (!setting.count) return error{"fault '" + std::string(text) + "': the count is a whole number"};
  return setting;
}

}  // namespace edgemesh::mock
