// Reads HTTP requests from the bytes of one connection, by Boost.Beast (a parser that the gateway's own is
// not made of). Owned by one connection; one thread. Heads up to 64 KiB, bodies up to the given size.
#pragma once
#include <cstddef>
#include <memory>
#include <string_view>

#include "mock/incoming.hpp"

namespace edgemesh::mock {

class http_reader {
 public:
  enum class progress : unsigned char {
    more,            ///< all usable bytes were taken
    wants_continue,  ///< the head is there and asks for 100; feed again after sending it
    complete,        ///< take() it
    malformed,
    too_large,
  };

  explicit http_reader(std::size_t body_max);
  ~http_reader();
  http_reader(const http_reader&) = delete;
  http_reader& operator=(const http_reader&) = delete;

  /// Removes what it takes from the front of `data`; the rest is to be given again, with what follows it.
  progress feed(std::string_view& data);
  bool keeps_alive() const;  ///< both valid between complete and take()
  bool is_old() const;       ///< HTTP/1.0
  /// The request; the reader is ready for the next one.
  incoming take();
  bool is_between_requests() const noexcept { return !began_; }

 private:
  struct parser_box;
  std::unique_ptr<parser_box> box_;
  std::size_t body_max_;
  bool began_ = false;
  bool asked_for_continue_ = false;
};

}  // namespace edgemesh::mock
