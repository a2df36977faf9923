#include "http/response_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "base/ascii.hpp"

namespace edgemesh::http {

namespace beast = boost::beast;
using boost::system::error_code;

namespace {

constexpr std::uint32_t head_bytes_max = 64 * 1024;
constexpr std::size_t interim_responses_max = 8;  // 1xx heads before the real one

class message final : public beast::http::basic_parser<false> {
 public:
  explicit message(body_sink& sink) : sink_(sink) {
    eager(true);
    header_limit(head_bytes_max);
    body_limit(boost::none);
  }
  response_head head;

 private:
  using view = beast::string_view;
  static std::string_view std_view(view v) { return {v.data(), v.size()}; }

  void on_request_impl(beast::http::verb, view, view, int, error_code&) override {}
  void on_response_impl(int status, view, int, error_code&) override { head.status = status; }
  void on_field_impl(beast::http::field name, view raw_name, view value, error_code&) override {
    if (in_trailer_) return;
    if (name == beast::http::field::content_type)
      head.content_type = std_view(value);
    else if (name == beast::http::field::retry_after)
      head.retry_after = std_view(value);
    else if (ascii::iequals(std_view(raw_name), "x-edgemesh-node"))
      head.edgemesh_node = std_view(value);
    else if (ascii::iequals(std_view(raw_name), "x-edgemesh-backend"))
      head.edgemesh_backend = std_view(value);
    else if (ascii::iequals(std_view(raw_name), "x-edgemesh-load"))
      head.edgemesh_load = std_view(value);
    else if (ascii::iequals(std_view(raw_name), "x-edgemesh-cause"))
      head.edgemesh_cause = std_view(value);
  }
  void on_header_impl(error_code&) override {
    head.keep_alive = keep_alive();
    in_trailer_ = true;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(view bytes, error_code&) override {
    sink_.on_body(std_view(bytes));
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, view bytes, error_code&) override {
    sink_.on_body(std_view(bytes));
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  body_sink& sink_;
  bool in_trailer_ = false;
};

}  // namespace

struct response_parser::machine {
  explicit machine(body_sink& s) : sink(s) { parser.emplace(s); }
  body_sink& sink;
  std::optional<message> parser;
  std::string partial;  // an incomplete head or chunk header
  std::size_t interim = 0;
  bool trailing = false;

  /// Feeds what is there; the number of bytes used.
  std::size_t put(std::string_view bytes, error_code& ec) {
    std::size_t used = 0;
    while (used < bytes.size() && !parser->is_done()) {
      const std::size_t n = parser->put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), ec);
      used += n;
      if (ec || n == 0) break;
    }
    return used;
  }
  /// A 1xx head is no answer: start over for the real one.
  bool skip_interim() {
    if (!parser->is_done() || parser->head.status / 100 != 1 || parser->head.status == 101) return false;
    if (++interim > interim_responses_max) return false;
    parser.emplace(sink);
    return true;
  }
};

response_parser::response_parser(body_sink& sink) : machine_(std::make_unique<machine>(sink)) {}
response_parser::~response_parser() = default;

response_parser::state response_parser::feed(std::string_view bytes) {
  auto& m = *machine_;
  if (!m.partial.empty()) {
    m.partial.append(bytes);
    bytes = m.partial;
  }
  error_code ec;
  std::size_t used = m.put(bytes, ec);
  while ((!ec || ec == beast::http::error::need_more) && m.skip_interim()) {
    ec = {};
    bytes.remove_prefix(used);
    used = m.put(bytes, ec);
  }
  if (ec && ec != beast::http::error::need_more) return state::broken;
  if (m.parser->is_done()) {
    m.trailing = used < bytes.size();
    m.partial.clear();
    return m.parser->head.status < 200 ? state::broken : state::done;  // 101, or no end of interim heads
  }
  std::string rest(bytes.substr(used));
  if (rest.size() > head_bytes_max + 1024) return state::broken;
  m.partial = std::move(rest);
  return state::more;
}

response_parser::state response_parser::end() {
  error_code ec;
  if (!machine_->parser->is_header_done()) return state::broken;
  if (machine_->parser->is_done()) return state::done;
  machine_->parser->put_eof(ec);
  return ec ? state::broken : state::done;
}

bool response_parser::head_complete() const noexcept { return machine_->parser->is_header_done(); }
const response_head& response_parser::head() const noexcept { return machine_->parser->head; }
bool response_parser::trailing() const noexcept { return machine_->trailing; }

}  // namespace edgemesh::http
