// Builds response heads for clients: one string, one write. Field values are checked: nothing that came from outside can
// add a line. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "openai/api_error.hpp"

namespace edgemesh::http {

std::string_view reason_phrase(int status) noexcept;

/// A response head under construction: `HTTP/1.1 200 OK\r\n...`.
class response_writer {
 public:
  explicit response_writer(int status, std::size_t reserve = 512);
  /// Characters that a field value must not have (controls, DEL) are dropped.
  response_writer& field(std::string_view name, std::string_view value);
  response_writer& field(std::string_view name, std::int64_t value);
  /// Ends the head and appends the body with its Content-Length.
  std::string with_body(std::string_view body) &&;
  /// Ends a head whose body follows in chunks, or until the connection closes (which the caller's fields
  /// announce) when `chunked` is false.
  std::string with_stream(bool chunked) &&;
  /// Ends a head without body (204, 304).
  std::string without_body() &&;
  /// A head that announces `size` bytes and ends: the answer to HEAD.
  std::string head_only(std::size_t size) &&;

 private:
  std::string out_;
};

/// The chunk that carries `bytes`: size line before, CR LF after.
void append_chunk(std::string& out, std::string_view bytes);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

/// The value of Retry-After for an error: 1..60, or 0 when the status wants none.
int retry_after_of(const openai::api_error& error) noexcept;

}  // namespace edgemesh::http
