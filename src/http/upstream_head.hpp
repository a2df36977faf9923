// The head of a request to a backend. Only what is listed here goes up: nothing of the client's head is copied but a
// well-formed traceparent. Pure.
#pragma once
#include <string>
#include <string_view>

#include "net/upstream_target.hpp"

namespace edgemesh::http {

struct upstream_head_facts {
  std::string_view method = "POST";
  std::string_view target;          ///< under the base path
  std::size_t content_length = 0;   ///< ignored for GET
  bool stream = false;
  std::string_view traceparent;     ///< forwarded when well-formed (W3C trace context)
  std::string_view hops;            ///< x-edgemesh-hops, for backends that are EdgeMesh nodes
  std::string_view data_class;      ///< x-edgemesh-data-class, for the same
};

std::string upstream_request_head(const net::upstream_target& target, const upstream_head_facts& facts);
bool is_traceparent(std::string_view value) noexcept;

}  // namespace edgemesh::http
