#include "http/response_writer.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace edgemesh::http {

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 508: return "Loop Detected";
    default: return "Status";
  }
}

namespace {

bool may_stand_in_field(char c) noexcept {
  const auto u = static_cast<unsigned char>(c);
  return (u >= 0x20 && u != 0x7f) || c == '\t';
}

void append_number(std::string& out, std::int64_t value, int base = 10) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace

response_writer::response_writer(int status, std::size_t reserve) {
  out_.reserve(reserve);
  out_ += "HTTP/1.1 ";
  append_number(out_, status);
  out_ += ' ';
  out_ += reason_phrase(status);
  out_ += "\r\n";
}

response_writer& response_writer::field(std::string_view name, std::string_view value) {
  out_.append(name);
  out_ += ": ";
  if (std::all_of(value.begin(), value.end(), may_stand_in_field)) out_.append(value);
  else std::copy_if(value.begin(), value.end(), std::back_inserter(out_), may_stand_in_field);
  out_ += "\r\n";
  return *this;
}

response_writer& response_writer::field(std::string_view name, std::int64_t value) {
  out_.append(name);
  out_ += ": ";
  append_number(out_, value);
  out_ += "\r\n";
  return *this;
}

std::string response_writer::with_body(std::string_view body) && {
  field("content-length", static_cast<std::int64_t>(body.size()));
  out_ += "\r\n";
  out_.append(body);
  return std::move(out_);
}

std::string response_writer::head_only(std::size_t size) && {
  field("content-length", static_cast<std::int64_t>(size));
  out_ += "\r\n";
  return std::move(out_);
}

std::string response_writer::with_stream(bool chunked) && {
  out_ += chunked ? "transfer-encoding: chunked\r\n\r\n" : "\r\n";
  return std::move(out_);
}

std::string response_writer::without_body() && {
  out_ += "\r\n";
  return std::move(out_);
}

void append_chunk(std::string& out, std::string_view bytes) {
  append_number(out, static_cast<std::int64_t>(bytes.size()), 16);
  out += "\r\n";
  out.append(bytes);
  out += "\r\n";
}

int retry_after_of(const openai::api_error& error) noexcept {
  if (error.retry_after) return static_cast<int>(std::clamp<std::int64_t>(error.retry_after->count(), 1, 60));
  return error.status == 429 || error.status == 503 ? 1 : 0;
}

}  // namespace edgemesh::http
