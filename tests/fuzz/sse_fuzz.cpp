// What an event stream says does not depend on where it was cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "openai/sse_parser.hpp"

using edgemesh::openai::sse_event;
using edgemesh::openai::sse_parser;

namespace {

constexpr std::size_t event_bytes_max = 512;

struct transcript {
  std::vector<std::string> said;
  bool too_large = false;
};

/// The limit is noticed where bytes end: at a line's end in one cut, in the middle of a line in another. What was said
/// before that must be the same; without the limit everything must be.
bool agree(const transcript& a, const transcript& b) {
  if (!a.too_large && !b.too_large) return a.said == b.said;
  const auto n = std::min(a.said.size(), b.said.size());
  return std::equal(a.said.begin(), a.said.begin() + static_cast<std::ptrdiff_t>(n), b.said.begin());
}

void feed(sse_parser& parser, std::string_view bytes, transcript& t) {
  // Exactly the bytes, on the heap: the sanitizer sees each read behind them and each view kept too long.
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  const auto status = parser.feed({copy.get(), bytes.size()},
      [&t](const sse_event& e) {
        if (e.data.empty() && e.name.empty()) std::abort();
        if (!e.raw.empty() && e.raw != "data: " + std::string(e.data) + "\n\n") std::abort();
        t.said.push_back("e" + std::string(e.name) + "\n" + std::string(e.data) + "\n" + std::string(e.raw));
      },
      [&t](std::string_view text) { t.said.push_back("c" + std::string(text)); });
  t.too_large = status == sse_parser::status::event_too_large;
  if (parser.pending() > event_bytes_max + 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 1u << 14) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  transcript whole;
  {
    sse_parser parser(event_bytes_max);
    feed(parser, stream, whole);
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{1} + data[0] % 61}) {
    transcript cut;
    sse_parser parser(event_bytes_max);
    for (std::string_view rest = stream; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size()))) feed(parser, rest.substr(0, piece), cut);
    if (!agree(cut, whole)) std::abort();
  }
  return 0;
}
