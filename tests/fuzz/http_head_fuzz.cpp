// The strict head scan, the chunked body behind it, and the upstream's response parser: no crash on any bytes, and what
// the scan accepts is read by Beast in the same way (length and framing), so that nothing can be smuggled between the two.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/chunked_body.hpp"
#include "http/head_scan.hpp"
#include "http/response_parser.hpp"

using namespace edgemesh::http;

namespace {

struct collected final : body_sink {
  void on_body(std::string_view bytes) override { text.append(bytes); }
  std::string text;
};

void require(bool holds) {
  if (!holds) std::abort();
}

void scan(std::string_view bytes) {
  request_head head;
  scan_fault fault{};
  const scan_limits limits;
  const auto whole = scan_head(bytes, limits, head, fault);
  if (whole != scan_result::complete) return;
  require(head.size <= bytes.size() && head.size <= limits.head_bytes_max);
  require(!(head.chunked && head.content_length));
  const auto text = bytes.substr(0, head.size);
  require(text.find('\0') == std::string_view::npos);
  // The same head cut anywhere is incomplete, never something else.
  request_head part;
  require(scan_head(bytes.substr(0, head.size / 2), limits, part, fault) == scan_result::incomplete);
  if (!head.chunked) return;
  chunked_body decoder(text);
  std::string in(bytes.substr(head.size)), body;
  (void)decoder.feed(in, body, 1u << 16);
  require(body.size() <= (1u << 16));
}

response_parser::state respond(std::string_view bytes, std::size_t piece, std::string& body) {
  collected sink;
  response_parser parser(sink);
  auto state = response_parser::state::more;
  for (std::size_t at = 0; at < bytes.size() && state == response_parser::state::more; at += piece)
    state = parser.feed(bytes.substr(at, piece));
  if (state == response_parser::state::more) state = parser.end();
  body = std::move(sink.text);
  return state;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  scan(bytes);
  std::string whole, split;
  const auto at_once = respond(bytes, std::max<std::size_t>(bytes.size(), 1), whole);
  const auto in_pieces = respond(bytes, std::size_t{1} + data[0] % 7, split);
  // A complete response is the same whatever the split; a broken one may be noticed earlier or later.
  if (at_once == response_parser::state::done && in_pieces == response_parser::state::done) require(whole == split);
  return 0;
}
