// Decodes the chunked body of a client's request with Beast's parser. The head was scanned strictly before. One request.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace edgemesh::http {

class chunked_body {
 public:
  /// `head`: the scanned head, its empty line included.
  explicit chunked_body(std::string_view head);
  ~chunked_body();

  enum class state : unsigned char { more, done, broken, too_large };
  /// Takes bytes from the front of `in`, appends what they decode to to `body`; erases what was used from `in`.
  state feed(std::string& in, std::string& body, std::size_t body_bytes_max);

 private:
  struct machine;
  std::unique_ptr<machine> machine_;
};

}  // namespace edgemesh::http
