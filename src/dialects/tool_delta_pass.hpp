// Tool call deltas of one choice, made strict: calls are numbered from 0 in the order of their appearance, and id, type
// and name stand in a call's first delta only. One stream, one thread; at most 128 calls. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "json/splice.hpp"

namespace edgemesh::dialects {

class tool_delta_pass {
 public:
  /// `first_number` tells the ids that are made here from those of other choices.
  explicit tool_delta_pass(std::size_t first_number) noexcept : first_number_(first_number) {}

  /// Edits `tool_calls` (an array inside the splice's document). `id_stem` makes ids for calls that have none.
  /// False when there are too many calls or deltas, or one is no object. Adds the produced text to `text_bytes`.
  bool pass(json::value tool_calls, std::string_view id_stem, json::splice& splice, std::size_t& text_bytes);

 private:
  struct call {
    std::int64_t upstream_index;
    std::string id;
    bool named = false;
  };
  struct delta {
    json::value whole;
    json::member index, id, type, function, name, arguments;
  };
  static delta read(json::value whole);
  /// Position of the call that a delta belongs to; calls_.size() for a new one.
  std::size_t position_of(const delta& d) const;
  void open(const delta& d, std::size_t position, std::string_view id_stem, json::splice& splice);
  void go_on(const delta& d, std::size_t position, json::splice& splice);

  std::size_t first_number_;
  std::vector<call> calls_;
};

/// `arguments` as our wire has them, a string: the raw JSON text to put there, "" when it is a string already.
std::string arguments_as_text(json::value arguments);
/// An id for call `number` of an answer, at most 40 bytes (a limit of hosted APIs).
std::string made_call_id(std::string_view id_stem, std::size_t number);

}  // namespace edgemesh::dialects
