// The lines of a stream do not depend on where it was cut.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "openai/line_parser.hpp"

using edgemesh::openai::line_parser;

namespace {

constexpr std::size_t line_bytes_max = 300;

struct transcript {
  std::vector<std::string> lines;
  line_parser::status last = line_parser::status::ok;
  bool operator==(const transcript&) const = default;
};

transcript parse(std::string_view stream, std::size_t piece) {
  transcript t;
  line_parser parser(line_bytes_max);
  const auto on_line = [&t](std::string_view line) {
    if (line.empty() || line.size() > line_bytes_max || line.find('\n') != std::string_view::npos) std::abort();
    t.lines.emplace_back(line);
  };
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
    const std::string_view bytes = stream.substr(0, piece);
    const std::unique_ptr<char[]> copy(new char[bytes.size()]);
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    parser.feed({copy.get(), bytes.size()}, on_line);
    if (parser.pending() > line_bytes_max + 1) std::abort();
  }
  t.last = parser.finish(on_line);
  return t;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 1u << 14) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  const transcript whole = parse(stream, stream.size() + 1);
  if (!(parse(stream, 1) == whole) || !(parse(stream, 2) == whole) || !(parse(stream, 1 + data[0] % 61) == whole)) std::abort();
  return 0;
}
