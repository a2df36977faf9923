// What several nodes answered to one question, as one answer: rows say whose they are, and who is missing is named with the reason.
// Answers of other nodes are not trusted to be sound: what is no JSON of the expected form counts as missing. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http/ports.hpp"

namespace edgemesh::actors {

struct node_answer {
  std::string node;
  int status = 0;    ///< 0: none came, `why` says why
  std::string body;
  std::string why;
};

/// A list {"data":[...]} of at most `bytes_max` bytes: rows are left out from the end, and "left_out" counts them. Anything else stays as it is.
std::string bounded_list(std::string body, std::size_t bytes_max);

/// Sessions of this node and of others: the others' ids become "node/id".
std::string merged_sessions(std::string_view own_node, std::string_view own, const std::vector<node_answer>& others);
/// Newest first, `limit` in all.
std::string merged_requests(std::string_view own_node, std::string_view own, const std::vector<node_answer>& others, std::size_t limit);
/// One request as the node that the client asked tells it, what other nodes say of it as "also". `answers`: this node's too.
http::admin_answer merged_request(const std::vector<node_answer>& answers);
/// What one other node said: a backend's row gets its full name, errors are passed on.
http::admin_answer answer_of(const node_answer& a);
/// The nodes that stand in a request's record beside its own: who served it, or who forwarded it.
std::vector<std::string> nodes_in(std::string_view request);

}  // namespace edgemesh::actors
