// A list of embeddings on its way to the client: in the order of the inputs, floats or base64 as the client wants them
// (Node's SDK decodes base64 without looking). Pure.
#pragma once
#include <optional>

#include "dialects/dialect.hpp"
#include "dialects/whole_pass.hpp"

namespace edgemesh::dialects {

/// As pass_whole(). An empty list, an entry without an embedding or one that cannot be decoded is a failure.
std::optional<attempt_failure> pass_embeddings(const answer_options& options, std::string_view body, const whole_members& members,
                                               answer& out);

}  // namespace edgemesh::dialects
