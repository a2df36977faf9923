// Embeddings that depend on the text alone: a unit vector seeded by the text's hash; `vector:1,-2` gives just
// these numbers. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace edgemesh::mock {

std::vector<float> embed(std::string_view text, int dimensions);
/// `[0.1,-0.2]`: the shortest decimals that give the same floats.
std::string float_list(const std::vector<float>& vector);
/// Little-endian IEEE floats in standard base64, without quotes.
std::string base64_floats(const std::vector<float>& vector);

}  // namespace edgemesh::mock
