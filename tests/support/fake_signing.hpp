// A cheap, deterministic stand-in for proto::signing, for unit tests and the simulator. A key is any 32 bytes; a signature is a
// keyed 64-bit mix of the bytes, repeated, that anybody who knows the key can recompute: it notices every change by chance or by a
// test, and keeps no secret. About 1 ns per 8 bytes instead of Ed25519's 50 us. Any thread.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

#include "proto/signing.hpp"

namespace edgemesh::testing {

class fake_signing : public proto::signing {
 public:
  explicit fake_signing(const node_key& own) : own_(own) {}
  /// The n-th key: its bytes are spread, so that keys of neighbouring numbers differ everywhere.
  static node_key key(std::uint64_t n) noexcept { return spread<node_key>(scramble(n + 1)); }
  static fake_signing of(std::uint64_t n) { return fake_signing(key(n)); }

  const node_key& own_key() const noexcept override { return own_; }
  node_signature sign(std::string_view bytes) const override { return signature_of(own_, bytes); }
  bool verify(const node_key& signer, std::string_view bytes, const node_signature& signature) const override {
    return signature == signature_of(signer, bytes);
  }
  content_hash hash(std::string_view bytes) const override { return spread<content_hash>(mix(0x8f1bbcdcbfa53e0bu, bytes)); }

 private:
  /// MurmurHash3's 64-bit finaliser: every bit of the input reaches every bit of the output.
  static constexpr std::uint64_t scramble(std::uint64_t x) noexcept {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
    return x ^ (x >> 33);
  }
  static std::uint64_t mix(std::uint64_t seed, std::string_view bytes) noexcept {
    std::uint64_t h = scramble(seed ^ bytes.size());
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) h = step(h, word_at(bytes, at, 8));
    return scramble(step(h, word_at(bytes, at, bytes.size() - at)));
  }
  static constexpr std::uint64_t step(std::uint64_t h, std::uint64_t word) noexcept {
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
  }
  static std::uint64_t word_at(std::string_view bytes, std::size_t at, std::size_t count) noexcept {
    std::uint64_t word = 0;
    if (count != 0) std::memcpy(&word, bytes.data() + at, count);
    return word;
  }
  template <class Name>
  static Name spread(std::uint64_t word) noexcept {
    Name n;
    for (std::size_t i = 0; i < Name::size; i += 8, word = scramble(word + 1)) std::memcpy(n.bytes.data() + i, &word, 8);
    return n;
  }
  static node_signature signature_of(const node_key& signer, std::string_view bytes) noexcept {
    return spread<node_signature>(mix(mix(0x5be0cd19137e2179u, signer.view()), bytes));
  }
  node_key own_;
};

}  // namespace edgemesh::testing
