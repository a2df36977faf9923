// A complete answer told as a stream, for servers that do not stream although they were asked to. Pure.
#pragma once
#include "dialects/dialect.hpp"

namespace edgemesh::dialects {

/// `whole` is complete: its `out` holds a whole chat or text completion as whole_reader gives it.
void stream_of_whole(const answer_options& options, answer whole, answer& out);

}  // namespace edgemesh::dialects
