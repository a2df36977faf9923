#include "mock/embedding.hpp"

#include <bit>
#include <charconv>
#include <cmath>

#include "base/base64.hpp"
#include "base/random_source.hpp"

namespace edgemesh::mock {
namespace {

std::vector<float> spelled_out(std::string_view list) {
  std::vector<float> out;
  while (!list.empty()) {
    float value = 0;
    const auto [end, ec] = std::from_chars(list.data(), list.data() + list.size(), value);
    if (ec != std::errc{}) break;
    out.push_back(value);
    list.remove_prefix(static_cast<std::size_t>(end - list.data()));
    if (!list.starts_with(',')) break;
    list.remove_prefix(1);
  }
  return out;
}

std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

}  // namespace

std::vector<float> embed(std::string_view text, int dimensions) {
  constexpr std::string_view mark = "vector:";
  if (text.starts_with(mark))
    if (auto numbers = spelled_out(text.substr(mark.size())); !numbers.empty()) return numbers;
  random_source rng(hash_of(text));
  std::vector<double> raw;
  double squares = 0;
  for (int i = 0; i < dimensions; ++i) {
    raw.push_back(rng.uniform() * 2 - 1);
    squares += raw.back() * raw.back();
  }
  const double length = squares > 0 ? std::sqrt(squares) : 1;
  std::vector<float> out;
  for (const double value : raw) out.push_back(static_cast<float>(value / length));
  return out;
}

std::string float_list(const std::vector<float>& vector) {
  std::string out = "[";
  char room[32];
  for (const float value : vector) {
    if (out.size() > 1) out += ',';
    out.append(room, std::to_chars(room, room + sizeof room, value).ptr);
  }
  return out += ']';
}

std::string base64_floats(const std::vector<float>& vector) {
  std::string bytes;
  for (const float value : vector) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift & 0xff);
  }
  return base64::encode(bytes);
}

}  // namespace edgemesh::mock
