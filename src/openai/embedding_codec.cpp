#include "openai/embedding_codec.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/base64.hpp"

namespace edgemesh::openai {
namespace {

/// Read as float at once: a detour over double would round twice.
std::optional<float> parse_float(json::value v) noexcept {
  if (v.type() != json::kind::number) return std::nullopt;
  const std::string_view text = v.raw();
  float f = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), f);
  if (failure == std::errc()) return f;
  // Out of range: too small for a float is zero, too large is no embedding.
  const auto wide = v.number();
  if (!wide || std::abs(*wide) > 1.0) return std::nullopt;
  return std::signbit(*wide) ? -0.0f : 0.0f;
}

}  // namespace

std::optional<std::string> floats_to_base64(json::value floats) {
  if (floats.type() != json::kind::array) return std::nullopt;
  std::string bytes;
  bytes.reserve(floats.raw().size() / 2);
  for (const json::value v : floats.elements()) {
    const auto f = parse_float(v);
    if (!f) return std::nullopt;
    const auto bits = std::bit_cast<std::uint32_t>(*f);
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift & 0xFF);
  }
  return base64::encode(bytes);
}

std::optional<std::string> base64_to_floats(std::string_view base64) {
  const auto bytes = base64::decode(base64);
  if (!bytes || bytes->size() % 4 != 0) return std::nullopt;
  std::string out = "[";
  out.reserve(bytes->size() * 4);
  for (std::size_t i = 0; i < bytes->size(); i += 4) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 4; ++k) bits |= std::uint32_t{static_cast<unsigned char>((*bytes)[i + k])} << (8 * k);
    const auto f = std::bit_cast<float>(bits);
    if (!std::isfinite(f)) return std::nullopt;
    char text[32];
    const auto [end, failure] = std::to_chars(text, text + sizeof text, f);
    if (i != 0) out += ',';
    out.append(text, end);
  }
  out += ']';
  return out;
}

}  // namespace edgemesh::openai
