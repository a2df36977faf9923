// What a fake backend remembers of one request. Plain values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgemesh::mock {

enum class request_state : std::uint8_t {
  running,      ///< waiting or being answered (a hang too)
  done,         ///< the whole answer was written
  client_left,  ///< the client closed or reset before that
  faulted,      ///< ended by a fault
};
std::string_view name_of(request_state state) noexcept;

struct request_entry {
  std::uint64_t id = 0;  ///< 1, 2, 3 … in order of arrival
  std::string method;
  std::string path;   ///< as received, with the query
  std::string model;  ///< as asked for; empty on pages
  bool stream = false;
  request_state state = request_state::running;
  std::string fault;               ///< name of the fault that struck, or empty
  std::uint64_t tokens_sent = 0;   ///< pieces of the answer handed to the socket
  double started_ms = 0;           ///< wall clock, milliseconds since 1970, when the request was complete
  std::optional<double> left_ms;   ///< wall clock, when the client was seen to leave
  std::optional<double> ended_ms;  ///< wall clock, when the answer's last byte was written
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, in order
  std::string body;                                          ///< the first 64 KiB
};

}  // namespace edgemesh::mock
