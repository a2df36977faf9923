// What the gateway reads of a client's request before it chooses a backend: the whole body is validated, few
// fields are read, the bytes are kept. Owned by the exchange; immutable after read_request(). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ascii.hpp"
#include "domain/endpoint.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::openai {

struct read_options {
  json::validate_options json;
  std::size_t embedding_inputs_max = 2048;
};

/// Facts that decide a route.
struct request_facts {
  std::int64_t prompt_tokens = 0;              ///< estimate (openai/token_estimate.hpp)
  std::optional<std::int64_t> max_tokens;      ///< max_completion_tokens, else max_tokens
  bool tools = false;                          ///< tools or functions given (and not tool_choice "none")
  bool images = false;
  bool audio = false;
  bool json_schema = false;                    ///< response_format json_object or json_schema
  bool logprobs = false;
  bool has_effects = false;                    ///< store:true, background:true, server-side tools: never retried (mesh.md 3.1)
  bool remote_media = false;                   ///< a part has a URL that is not data:
};

class client_request {
 public:
  endpoint kind = endpoint::chat;
  std::string body;           ///< as received
  std::string model;          ///< "" when missing, null or ""
  bool stream = false;
  bool include_usage = false; ///< stream_options.include_usage
  bool wants_base64 = false;  ///< embeddings: encoding_format == "base64"
  std::int64_t choices = 1;   ///< n
  request_facts facts;

  json::value root() const noexcept { return json::value::exactly(ascii::trim(body)); }
};

/// Validates the whole body and reads the deciding fields. 400 for: bad JSON (message names the byte offset), a root
/// that is no object, a second top-level member of the same name, a top-level name that equals a deciding name but
/// for case ("Model"), wrong types of deciding fields (backends.md A.1, A.9, A.10), missing messages/prompt/input.
/// Unknown members are kept. A missing model is not an error here (routing decides).
api_result<client_request> read_request(endpoint kind, std::string body, const read_options& options = {});

}  // namespace edgemesh::openai
