// Failures that a reader sees in the bytes themselves, where no upstream said an error. Shared by all dialects. Pure.
#pragma once
#include <string>

#include "dialects/answer.hpp"

namespace edgemesh::dialects {

/// Not the protocol: HTML, bad JSON, no answer in it. `message` is ours, never upstream text.
attempt_failure garbage_answer(std::string message = "the backend's answer cannot be read");
/// A 200 without a word.
attempt_failure empty_answer();
/// One event or the whole body is over its limit.
attempt_failure oversize_answer();
/// The body ended before the answer did. `content`: the client may have a part of it; `clean`: the HTTP framing was whole.
/// Lost connections count as such only before content; a clean end without an answer is the backend's own fault.
attempt_failure unfinished_answer(bool content, bool clean);
/// The engine gave up: finish_reason abort or error.
attempt_failure aborted_answer();

}  // namespace edgemesh::dialects
