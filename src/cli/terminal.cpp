#include "cli/terminal.hpp"

#include <unistd.h>

#include <cstdio>

#include "base/utf8.hpp"

namespace edgemesh::cli {
namespace {

std::uint32_t code_point_at(std::string_view text, std::size_t& length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::uint32_t point = length == 1 ? first : first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) point = point << 6 | (byte(i) & 0x3fu);
  return point;
}

bool is_control(std::uint32_t point) { return point < 0x20 || (point >= 0x7f && point < 0xa0); }
/// Marks that reorder text on the screen ("Trojan source").
bool is_direction_mark(std::uint32_t point) {
  return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == 0x200e || point == 0x200f;
}

}  // namespace

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void complain(std::string_view line) {
  std::fprintf(stderr, "edgemesh: %.*s\n", static_cast<int>(line.size()), line.data());
}

bool output_is_terminal() noexcept { return isatty(STDOUT_FILENO) == 1; }
bool input_is_terminal() noexcept { return isatty(STDIN_FILENO) == 1; }

std::string printable(std::string_view text, bool multi_line) {
  const std::string sound = utf8::repaired(text);
  std::string out;
  for (std::string_view rest = sound; !rest.empty();) {
    std::size_t length = 1;
    const auto point = code_point_at(rest, length);
    const bool is_layout = point == '\n' || point == '\t';
    if (is_layout)
      out += multi_line ? static_cast<char>(point) : ' ';
    else if (!is_control(point) && !is_direction_mark(point))
      out += rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return out;
}

}  // namespace edgemesh::cli
