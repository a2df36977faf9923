#include "mock/logprob_text.hpp"

#include "mock/json_text.hpp"

namespace edgemesh::mock {
namespace {

void append_entry(std::string& out, std::string_view token, std::string_view logprob) {
  out += R"({"token":)";
  append_quoted(out, token);
  ((out += R"(,"logprob":)") += logprob) += R"(,"bytes":[)";
  for (std::size_t i = 0; i < token.size(); ++i)
    (out += i ? "," : "") += std::to_string(static_cast<unsigned char>(token[i]));
  out += ']';
}

std::string alternative(int k) { return "x" + std::to_string(k); }
std::string alternative_logprob(int k) { return "-" + std::to_string(k + 1) + ".0"; }

}  // namespace

std::string token_logprob(std::string_view token, int top) {
  std::string out;
  append_entry(out, token, "-0.1");
  out += R"(,"top_logprobs":[)";
  for (int k = 0; k < top; ++k) {
    if (k > 0) out += ',';
    append_entry(out, k == 0 ? std::string(token) : alternative(k), k == 0 ? "-0.1" : alternative_logprob(k));
    out += '}';
  }
  return out += "]}";
}

std::string chat_logprobs(const std::vector<std::string>& tokens, int top) {
  std::string out = R"({"content":[)";
  for (std::size_t i = 0; i < tokens.size(); ++i) (out += i ? "," : "") += token_logprob(tokens[i], top);
  return out += R"(],"refusal":null})";
}

std::string completion_logprobs(const std::vector<std::string>& tokens, int top, std::size_t offset) {
  std::string words, logprobs, tops, offsets;
  for (const auto& token : tokens) {
    const std::string comma = words.empty() ? "" : ",";
    words += comma + quoted(token);
    logprobs += comma + "-0.1";
    tops += comma + "{" + quoted(token) + ":-0.1";
    for (int k = 1; k < top; ++k) tops += "," + quoted(alternative(k)) + ":" + alternative_logprob(k);
    tops += "}";
    offsets += comma + std::to_string(offset);
    offset += token.size();
  }
  return R"({"tokens":[)" + words + R"(],"token_logprobs":[)" + logprobs + R"(],"top_logprobs":[)" + tops +
         R"(],"text_offset":[)" + offsets + "]}";
}

}  // namespace edgemesh::mock
