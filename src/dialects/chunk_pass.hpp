// The chunks of one stream of the OpenAI family on their way to the client: a canonical event passes byte for byte, one
// that is not is repaired, usage is kept back until the end. One stream, one thread; holds one usage chunk at most. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "dialects/choice_pass.hpp"
#include "dialects/chunk_identity.hpp"
#include "dialects/chunk_mould.hpp"
#include "dialects/dialect.hpp"

namespace edgemesh::dialects {

class chunk_pass {
 public:
  /// `options` must outlive the pass.
  explicit chunk_pass(const answer_options& options);

  enum class verdict {
    ok,          ///< passed, repaired, held back or dropped
    error,       ///< an error document (read_upstream_error)
    aborted,     ///< the engine gave up
    unreadable,  ///< valid JSON that is no chunk
  };
  /// One event: `data` is valid JSON without white space around it, `raw` the whole event where it is canonical (sse_event::raw).
  verdict event(std::string_view data, std::string_view raw, answer& out);
  /// Passes an event that is like the one before but for its text; false when it is not, and nothing was done. `data` may
  /// be any bytes.
  bool repeat(std::string_view data, answer& out);

  bool has_finished() const noexcept;  ///< every choice that began has its finish, and one did
  bool has_all() const noexcept;       ///< that, and as many choices as were asked for
  /// The end of a good stream: usage (estimated if none came), the usage chunk if asked for, `[DONE]`.
  void done(answer& out);

 private:
  struct chunk;
  void read_usage_of(const chunk& c, answer& out);
  verdict choices(const chunk& c, json::splice& splice, chunk_effects& effects);
  void hide(const chunk& c, json::splice& splice);
  void hold_usage(const chunk& c, json::splice& splice, std::string_view raw);
  choice_pass& choice_of(std::int64_t index);
  chunk_identity::replacements emit(const chunk& c, json::splice& splice, std::string_view raw, std::string& out);
  void append_usage_event(std::string& out, const token_usage& usage) const;

  const answer_options& options_;
  std::string_view object_;  // our name for a chunk, raw
  chunk_identity identity_;
  std::vector<choice_pass> choices_;
  chunk_mould mould_;
  std::string usage_event_;  // the backend's usage chunk, as it goes out at the end
};

}  // namespace edgemesh::dialects
