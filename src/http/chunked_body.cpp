#include "http/chunked_body.hpp"

#include <boost/beast/http/basic_parser.hpp>

namespace edgemesh::http {

namespace beast = boost::beast;
using boost::system::error_code;

namespace {
constexpr std::size_t chunk_head_bytes_max = 1024;  // size, extension and trailers that are not complete yet
}

struct chunked_body::machine final : beast::http::basic_parser<true> {
  using view = beast::string_view;
  std::string* body = nullptr;
  std::size_t limit = 0;
  bool over = false;

  machine() {
    eager(true);
    header_limit(256 * 1024);
    body_limit(boost::none);
  }
  void on_request_impl(beast::http::verb, view, view, int, error_code&) override {}
  void on_response_impl(int, view, int, error_code&) override {}
  void on_field_impl(beast::http::field, view, view, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(view, error_code& ec) override {
    ec = beast::http::error::bad_chunk;  // a chunked message has none
    return 0;
  }
  void on_chunk_header_impl(std::uint64_t size, view, error_code& ec) override {
    if (body && (size > limit || body->size() > limit - size)) {
      over = true;
      ec = beast::http::error::body_limit;
    }
  }
  std::size_t on_chunk_body_impl(std::uint64_t, view bytes, error_code&) override {
    body->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}
};

chunked_body::chunked_body(std::string_view head) : machine_(std::make_unique<machine>()) {
  error_code ec;
  machine_->put(boost::asio::buffer(head.data(), head.size()), ec);
}
chunked_body::~chunked_body() = default;

chunked_body::state chunked_body::feed(std::string& in, std::string& body, std::size_t body_bytes_max) {
  auto& m = *machine_;
  m.body = &body;
  m.limit = body_bytes_max;
  std::size_t used = 0;
  error_code ec;
  while (used < in.size() && !m.is_done() && !ec) {
    const std::size_t n = m.put(boost::asio::buffer(in.data() + used, in.size() - used), ec);
    used += n;
    if (n == 0) break;
  }
  in.erase(0, used);
  if (m.over) return state::too_large;
  if (ec && ec != beast::http::error::need_more) return state::broken;
  if (m.is_done()) return state::done;
  return in.size() > chunk_head_bytes_max ? state::broken : state::more;
}

}  // namespace edgemesh::http
