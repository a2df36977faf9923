// A client that owes nothing to the code under test: blocking POSIX sockets, its own reading of heads and
// chunks. Every read ends after five seconds. For one test at a time.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace edgemesh::mock::test {

struct answer {
  int status = 0;
  std::string head;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;                            ///< chunks joined
  std::vector<std::string> chunks;
  bool is_whole = false;  ///< the length was reached, or the last chunk came, or the connection ended where
                          ///< that is the end
  bool was_reset = false;
};

class raw_client {
 public:
  explicit raw_client(std::uint16_t port);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  bool is_connected() const noexcept { return connected_; }
  void send(std::string_view bytes);
  void ask(std::string_view method, std::string_view path, std::string_view body = "",
           std::string_view more_headers = "");
  answer receive(bool has_body = true);
  /// Reads until `text` has come; what was read is kept for receive().
  bool wait_for(std::string_view text);
  bool is_closed_by_peer();  ///< waits for the end
  void half_close();
  void close();
  void reset();

 private:
  bool more();  ///< reads once; false at the end, a reset or the deadline
  int fd_ = -1;
  bool connected_ = false;
  bool reset_seen_ = false;
  bool end_seen_ = false;
  std::string in_;
};

/// One request on a connection of its own.
answer fetch(std::uint16_t port, std::string_view method, std::string_view path, std::string_view body = "",
             std::string_view more_headers = "");
/// The `data:` payloads of an SSE body, in order.
std::vector<std::string> sse_events(std::string_view body);
/// The lines of an NDJSON body.
std::vector<std::string> lines_of(std::string_view body);
/// Asks again each millisecond, up to five seconds.
bool eventually(const std::function<bool()>& holds);

}  // namespace edgemesh::mock::test
