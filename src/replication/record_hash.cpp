#include "replication/record_hash.hpp"

#include <bit>

namespace edgemesh::replication {
namespace {

constexpr std::uint64_t little_endian(const char* at) noexcept {
  std::uint64_t word = 0;
  for (int i = 7; i >= 0; --i) word = (word << 8) | static_cast<unsigned char>(at[i]);
  return word;
}

void round(std::uint64_t (&v)[4]) noexcept {
  v[0] += v[1];
  v[1] = std::rotl(v[1], 13) ^ v[0];
  v[0] = std::rotl(v[0], 32);
  v[2] += v[3];
  v[3] = std::rotl(v[3], 16) ^ v[2];
  v[0] += v[3];
  v[3] = std::rotl(v[3], 21) ^ v[0];
  v[2] += v[1];
  v[1] = std::rotl(v[1], 17) ^ v[2];
  v[2] = std::rotl(v[2], 32);
}

}  // namespace

record_hash::record_hash() noexcept {
  constexpr const char* key = "edgemesh records";
  const std::uint64_t k0 = little_endian(key), k1 = little_endian(key + 8);
  v_[0] = k0 ^ 0x736f6d6570736575ull;
  v_[1] = k1 ^ 0x646f72616e646f6dull;
  v_[2] = k0 ^ 0x6c7967656e657261ull;
  v_[3] = k1 ^ 0x7465646279746573ull;
}

void record_hash::take(std::uint64_t word) noexcept {
  v_[3] ^= word;
  round(v_);
  round(v_);
  v_[0] ^= word;
}

record_hash& record_hash::add(std::uint8_t byte) noexcept {
  pending_ |= static_cast<std::uint64_t>(byte) << (8 * (size_ % 8));
  if (++size_ % 8 == 0) {
    take(pending_);
    pending_ = 0;
  }
  return *this;
}

record_hash& record_hash::add(std::string_view bytes) noexcept {
  std::size_t i = 0;
  while (i < bytes.size() && size_ % 8 != 0) add(static_cast<std::uint8_t>(bytes[i++]));
  for (; i + 8 <= bytes.size(); i += 8, size_ += 8) take(little_endian(bytes.data() + i));
  while (i < bytes.size()) add(static_cast<std::uint8_t>(bytes[i++]));
  return *this;
}

std::uint64_t record_hash::finish() noexcept {
  take(pending_ | (size_ << 56));
  v_[2] ^= 0xff;
  for (int i = 0; i < 4; ++i) round(v_);
  return v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
}

}  // namespace edgemesh::replication
