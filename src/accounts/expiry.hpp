// The end of a key's time as text: RFC 3339 in and out. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edgemesh::accounts {

inline constexpr std::int64_t expiry_max = 253'402'300'799;  ///< the last second of the year 9999

/// "2027-01-31T12:00:00Z", "…+02:00", with a fraction that is dropped. Without a zone only when `zone_may_miss`: then UTC. Unix seconds;
/// nullopt for anything else, also for days that no calendar has.
std::optional<std::int64_t> parse_expiry(std::string_view text, bool zone_may_miss = false) noexcept;
/// "2027-01-31T12:00:00Z"
std::string expiry_text(std::int64_t unix_seconds);

}  // namespace edgemesh::accounts
