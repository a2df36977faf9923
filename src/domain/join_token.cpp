#include "domain/join_token.hpp"

#include <algorithm>
#include <optional>

#include "base/ascii.hpp"
#include "base/base64.hpp"

namespace edgemesh {
namespace {

constexpr std::string_view prefix = "emj1_";
constexpr std::uint8_t version = 1;

/// CRC-32 as in zlib (reflected 0xEDB88320): finds every single mistyped character.
std::uint32_t crc32(std::string_view bytes) noexcept {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

void put_number(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
}

/// Takes bytes from the front; once something is missing all that follows is empty.
class byte_reader {
 public:
  explicit byte_reader(std::string_view bytes) noexcept : rest_(bytes) {}
  std::string_view take(std::size_t n) noexcept {
    if (n > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const auto out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  std::uint64_t number(std::size_t bytes) noexcept {
    std::uint64_t out = 0;
    for (const char c : take(bytes)) out = (out << 8) | static_cast<std::uint8_t>(c);
    return out;
  }
  template <class Name>
  Name name() noexcept {
    return Name::from_bytes(take(Name::size)).value_or(Name{});
  }
  bool is_at_end() const noexcept { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::string to_url_alphabet(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::optional<std::string> from_url_alphabet(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  standard.append((4 - standard.size() % 4) % 4, '=');
  return base64::decode(standard);
}

error damaged() { return error{"this join token is mistyped or cut off: copy the whole last line that `edgemesh mesh invite` printed"}; }

/// nullopt: not what a writer of this version makes.
std::optional<join_token> read_fields(byte_reader& from) {
  join_token out;
  out.mesh = from.name<mesh_id>();
  out.founding = from.name<content_hash>();
  out.inviter = from.name<node_key>();
  out.id = from.name<join_token_id>();
  out.key = secret(std::string(from.take(join_token::key_bytes)));
  out.expires_at = static_cast<std::int64_t>(from.number(8));
  const auto count = from.number(1);
  if (count == 0 || count > join_token::addresses_max) return std::nullopt;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto address = parse_host_port(from.take(from.number(1)));
    if (!address || address->port == 0) return std::nullopt;
    out.addresses.push_back(std::move(*address));
  }
  if (!from.is_at_end() || out.mesh.is_zero() || out.inviter.is_zero() || out.expires_at <= 0) return std::nullopt;
  return out;
}

}  // namespace

secret write_join_token(const join_token& token) {
  std::string bytes(1, static_cast<char>(version));
  bytes += token.mesh.view();
  bytes += token.founding.view();
  bytes += token.inviter.view();
  bytes += token.id.view();
  bytes += token.key.reveal();
  put_number(bytes, static_cast<std::uint64_t>(token.expires_at), 8);
  put_number(bytes, token.addresses.size(), 1);
  for (const auto& address : token.addresses) {
    const auto text = address.to_string();
    put_number(bytes, text.size(), 1);
    bytes += text;
  }
  put_number(bytes, crc32(bytes), 4);
  return secret(std::string(prefix) + to_url_alphabet(base64::encode(bytes)));
}

result<join_token> read_join_token(std::string_view text) {
  text = ascii::trim(text);
  if (text.empty()) return error{"there is no join token: expected the last line that `edgemesh mesh invite` printed"};
  if (!text.starts_with(prefix)) {
    if (text.starts_with("emj") && text.find('_') != std::string_view::npos)
      return error{"this join token is of another version of EdgeMesh: join with the version that the inviting node runs"};
    return error{"this is no join token: expected text that begins with " + std::string(prefix) + ", as `edgemesh mesh invite` prints"};
  }
  if (text.size() > join_token::text_max) return damaged();
  const auto bytes = from_url_alphabet(text.substr(prefix.size()));
  if (!bytes || bytes->size() < 5) return damaged();
  const std::string_view covered = std::string_view(*bytes).substr(0, bytes->size() - 4);
  if (byte_reader(std::string_view(*bytes).substr(covered.size())).number(4) != crc32(covered)) return damaged();
  byte_reader from(covered);
  if (from.number(1) != version)
    return error{"this join token is of another version of EdgeMesh: join with the version that the inviting node runs"};
  auto token = read_fields(from);
  if (!token) return damaged();
  return std::move(*token);
}

bool is_expired(const join_token& token, std::int64_t now_unix_s, std::int64_t grace_s) noexcept {
  return token.expires_at < now_unix_s - grace_s;
}

}  // namespace edgemesh
