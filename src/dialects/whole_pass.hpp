// A complete chat or text completion of the OpenAI family on its way to the client: bytes pass, but for model and what
// is not as our wire has it (backends.md A.2). Pure.
#pragma once
#include <optional>

#include "dialects/dialect.hpp"
#include "json/splice.hpp"

namespace edgemesh::dialects {

/// The members of a whole answer that are looked at, found in one pass.
struct whole_members {
  json::value root, id, object, created, model, choices, data, usage, timings, error;
  explicit whole_members(json::value document);
};

/// `members` are those of the valid JSON document `body`, which is no error document. Appends the answer to `out.out` and fills usage,
/// text_bytes and upstream_model; or says why it is no answer.
std::optional<attempt_failure> pass_whole(const answer_options& options, std::string_view body, const whole_members& members, answer& out);

/// What every whole answer has: object and model in our words, id and created where they are missing.
/// Shared with embeddings, which have neither id nor created (`object` is "list" there).
void edit_whole_identity(const answer_options& options, const whole_members& members, std::string_view object, json::splice& splice,
                         answer& out);

/// Usage into `out`, or an estimate into `out` and the document.
void edit_whole_usage(const answer_options& options, const whole_members& members, json::splice& splice, answer& out);

}  // namespace edgemesh::dialects
