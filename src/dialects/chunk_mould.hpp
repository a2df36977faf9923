// Chunks of one stream are alike but for one text. What the last one looked like around that text lets the next one pass
// after a comparison of bytes, without being validated and read again: the same bytes around another valid string mean the
// same. One stream, one thread; holds at most two copies of the bytes around the text. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "dialects/chunk_identity.hpp"
#include "json/value.hpp"

namespace edgemesh::dialects {

class chunk_mould {
 public:
  static constexpr std::size_t bytes_max = 1024;  ///< of a chunk that is learnt

  /// `data` passed with `changed` (sorted by place) and nothing else; `text` is the one string in it that counts. It must
  /// change nothing but the output: no first chunk of a choice, no finish, no usage, no tool call.
  void learn(std::string_view data, json::value text, const chunk_identity::replacements& changed);
  /// The text of `data` when all around it is as learnt and the text is a valid string with something in it.
  std::optional<json::value> text_of(std::string_view data) const noexcept;
  /// Appends what is to be passed for a chunk with this text, as an event.
  void append_event(std::string& out, json::value text) const;

 private:
  std::string seen_, passed_;  // without the text; passed_ is empty when it is the same
  std::size_t seen_before_ = 0, passed_before_ = 0;  // bytes in front of the text
};

/// Appends `part` of a document with those replacements that lie in it.
void append_changed(std::string& out, std::string_view part, const chunk_identity::replacements& changed);

}  // namespace edgemesh::dialects
