// HTTP/1.1 answers as bytes: heads and chunks, appended to one buffer so that a whole answer is one write.
// Pure.
#pragma once
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgemesh::mock {

struct head_text {
  int status = 200;
  std::string_view content_type;
  std::string_view server;            ///< empty: no Server header
  std::optional<std::size_t> length;  ///< absent: chunked, or until the connection ends where `is_old`
  bool is_old = false;                ///< the client speaks HTTP/1.0
  bool keeps_alive = true;
};

constexpr std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

inline void append_head(std::string& out, const head_text& head,
                        const std::vector<std::pair<std::string, std::string>>& more) {
  ((out += "HTTP/1.1 ") += std::to_string(head.status)) += ' ';
  (out += reason_of(head.status)) += "\r\n";
  if (!head.server.empty()) ((out += "Server: ") += head.server) += "\r\n";
  if (!head.content_type.empty()) ((out += "Content-Type: ") += head.content_type) += "\r\n";
  for (const auto& [name, value] : more) (((out += name) += ": ") += value) += "\r\n";
  if (head.length)
    ((out += "Content-Length: ") += std::to_string(*head.length)) += "\r\n";
  else if (!head.is_old)
    out += "Transfer-Encoding: chunked\r\n";
  if (!head.keeps_alive)
    out += "Connection: close\r\n";
  else if (head.is_old)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

/// Nothing for empty data: an empty chunk would end the body.
inline void append_chunk(std::string& out, std::string_view data) {
  if (data.empty()) return;
  char size[20];
  out.append(size, std::to_chars(size, size + sizeof size, data.size(), 16).ptr);
  ((out += "\r\n") += data) += "\r\n";
}
constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace edgemesh::mock
