// Log probabilities of tokens as JSON, in both forms of the OpenAI family. The token itself has -0.1, its
// k-th alternative is "xK" with -1-K. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace edgemesh::mock {

/// `{"token","logprob","bytes","top_logprobs"}` of one token.
std::string token_logprob(std::string_view token, int top);
/// The object of a chat: `{"content":[…],"refusal":null}`.
std::string chat_logprobs(const std::vector<std::string>& tokens, int top);
/// The object of a text completion; `offset` is the text's length before the first of these tokens.
std::string completion_logprobs(const std::vector<std::string>& tokens, int top, std::size_t offset);

}  // namespace edgemesh::mock
