#include "dialects/broken_answer.hpp"

namespace edgemesh::dialects {
namespace {

attempt_failure failure_of(attempt_cause cause, std::string message, std::string code) {
  attempt_failure f;
  f.cause = cause;
  f.error = openai::upstream_error(502, std::move(message), std::move(code));
  f.error.type = "upstream_error";
  return f;
}

}  // namespace

attempt_failure garbage_answer(std::string message) {
  return failure_of(attempt_cause::garbage, std::move(message), "upstream_garbage");
}

attempt_failure empty_answer() {
  return failure_of(attempt_cause::garbage, "the backend's answer is empty", "upstream_empty");
}

attempt_failure oversize_answer() {
  return failure_of(attempt_cause::garbage, "the backend's answer is over the size limit", "upstream_too_large");
}

attempt_failure unfinished_answer(bool content, bool clean) {
  const auto cause = content ? attempt_cause::truncated : clean ? attempt_cause::garbage : attempt_cause::reset;
  return failure_of(cause, "the backend's answer broke off before its end", "upstream_disconnected");
}

attempt_failure aborted_answer() {
  return failure_of(attempt_cause::server_error, "the backend gave up the answer", "upstream_aborted");
}

}  // namespace edgemesh::dialects
