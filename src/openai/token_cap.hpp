// The longest answer that somebody may ask for, written into the request itself, so that it holds for each kind of backend and for other nodes.
// Pure.
#pragma once
#include <cstdint>

#include "openai/client_request.hpp"

namespace edgemesh::openai {

/// A request that asks for more tokens than `cap` asks for `cap` afterwards; one that does not say asks for `cap` too. Requests for embeddings
/// have no such limit and stay as they are.
void cap_tokens(client_request& request, std::int64_t cap);

}  // namespace edgemesh::openai
