#include "mock/http_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>

#include <optional>
#include <utility>

#include "base/ascii.hpp"

namespace edgemesh::mock {
namespace {

namespace http = boost::beast::http;
constexpr std::uint32_t head_max = 64u << 10;

}  // namespace

struct http_reader::parser_box {
  std::optional<http::request_parser<http::string_body>> parser;

  void renew(std::size_t body_max) {
    parser.emplace();
    parser->eager(true);
    parser->header_limit(head_max);
    parser->body_limit(body_max);
  }
};

http_reader::http_reader(std::size_t body_max) : box_(std::make_unique<parser_box>()), body_max_(body_max) {
  box_->renew(body_max_);
}
http_reader::~http_reader() = default;

http_reader::progress http_reader::feed(std::string_view& data) {
  auto& parser = *box_->parser;
  while (!data.empty() && !parser.is_done()) {
    began_ = true;
    boost::system::error_code ec;
    const auto taken = parser.put(boost::asio::const_buffer(data.data(), data.size()), ec);
    data.remove_prefix(taken);
    if (ec == http::error::body_limit || ec == http::error::header_limit) return progress::too_large;
    if (ec && ec != http::error::need_more) return progress::malformed;
    if (ec == http::error::need_more || taken == 0) break;
  }
  if (parser.is_done()) return progress::complete;
  if (parser.is_header_done() && !asked_for_continue_ &&
      ascii::iequals(parser.get()[http::field::expect], "100-continue")) {
    asked_for_continue_ = true;
    return progress::wants_continue;
  }
  return progress::more;
}

bool http_reader::keeps_alive() const { return box_->parser->get().keep_alive(); }
bool http_reader::is_old() const { return box_->parser->get().version() < 11; }

incoming http_reader::take() {
  auto message = box_->parser->release();
  incoming out;
  out.method = std::string(message.method_string());
  const std::string_view target = message.target();
  const auto mark = target.find('?');
  out.path = target.substr(0, mark);
  if (mark != std::string_view::npos) out.query = target.substr(mark + 1);
  for (const auto& field : message)
    out.headers.emplace_back(ascii::lower(field.name_string()), field.value());
  out.body = std::move(message.body());
  box_->renew(body_max_);
  began_ = asked_for_continue_ = false;
  return out;
}

}  // namespace edgemesh::mock
