// A dialect: how one kind of backend is spoken to. Request out, response and stream in, steering fields. Stateless
// objects shared by all threads; readers belong to one attempt. No I/O: bytes go in, bytes come out. Pure.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "dialects/answer.hpp"
#include "domain/backend_kind.hpp"
#include "domain/endpoint.hpp"
#include "domain/model_offer.hpp"
#include "openai/chunk_writer.hpp"
#include "openai/client_request.hpp"

namespace edgemesh::dialects {

/// What the backend's configuration and the chosen model say about one request.
struct request_options {
  const model_offer* model = nullptr;             ///< never null; `upstream` is the name to send
  const std::vector<std::string>* allow_fields = nullptr;  ///< engine fields that a client may set here; may be null
  bool remote_media = false;                      ///< media URLs may be sent
  bool ask_usage = true;                          ///< send stream_options.include_usage (off for a server that rejected it)
};

struct upstream_request {
  std::string target;  ///< path under the backend's base path, "/v1/chat/completions" or "/api/chat"; always POST, JSON
  std::string body;
};

struct answer_options {
  endpoint kind = endpoint::chat;
  bool stream = false;
  bool include_usage = false;   ///< the client asked for the usage chunk
  bool wants_base64 = false;    ///< embeddings
  openai::answer_identity identity;
  openai::reasoning_key reasoning = openai::reasoning_key::reasoning_content;
  std::int64_t prompt_tokens_estimate = 0;  ///< used when the backend reports no usage
  std::int64_t choices = 1;                 ///< n
  bool one_tool_call = false;               ///< the client sent parallel_tool_calls: false
  std::size_t event_bytes_max = 8u << 20;   ///< one event, or one whole non-streamed body is bounded by body_bytes_max
  std::size_t body_bytes_max = 64u << 20;
};

struct upstream_head {
  int status = 0;
  std::string_view content_type;  ///< "" when missing
  std::string_view retry_after;   ///< raw header, "" when missing
};

/// Reads one response. Calls: head() once, feed() any number of times with any split of the decoded body, end() once.
/// After answer.failure or answer.complete is set the caller stops feeding.
class answer_reader {
 public:
  virtual ~answer_reader() = default;
  virtual void head(const upstream_head& head) = 0;
  virtual void feed(std::string_view bytes, answer& out) = 0;
  /// The body is over. `clean`: its HTTP framing was complete (final chunk, Content-Length reached); a close-delimited
  /// body is clean. Sets complete or failure if neither is set yet.
  virtual void end(bool clean, wall_time now, answer& out) = 0;
  /// Bytes that it keeps of what it was fed, for limits.memory.
  virtual std::size_t held() const noexcept = 0;
};

class dialect {
 public:
  virtual ~dialect() = default;
  virtual backend_kind kind() const noexcept = 0;
  /// The request in this dialect's words, without steering fields. An error is the client's (400) or
  /// `unsupported_parameter` (then another backend may do: attempt_cause::refused_by_gateway).
  virtual openai::api_result<upstream_request> request(const openai::client_request& client, const request_options& options) const = 0;
  virtual std::unique_ptr<answer_reader> reader(answer_options options) const = 0;
};

/// The dialect of a kind; `automatic` has none (EDGEMESH_CHECK).
const dialect& dialect_of(backend_kind kind);

/// Fields of a request body that drive the engine instead of the answer. One table per dialect (dialects/steering.cpp).
/// Never sent on from a client unless `allow_fields` names them.
bool is_steering_field(backend_kind kind, std::string_view top_level_name) noexcept;

}  // namespace edgemesh::dialects
