// id, created and model of one stream, constant over all of its chunks: the first id and created that the backend
// sends (ours where it sends none that is usable), and the public model name. One stream, one thread. Pure.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "json/splice.hpp"
#include "openai/chunk_writer.hpp"

namespace edgemesh::dialects {

/// A backend's id that may be shown: 1 to 128 of letters, digits and ". _ - :".
bool is_usable_id(json::value id) noexcept;

class chunk_identity {
 public:
  explicit chunk_identity(const openai::answer_identity& ours);

  /// Up to three values of one chunk that are to be replaced.
  struct replacements {
    struct one { json::value old; std::string_view raw; };
    std::array<one, 3> all;
    std::size_t count = 0;
    void add(json::value old, std::string_view raw) { all[count++] = {old, raw}; }
  };

  /// What differs in the chunk `root`; members that it lacks are appended through `splice`. The first chunk settles
  /// id and created.
  replacements settle(json::value root, json::value id, json::value created, json::value model, json::splice& splice);

  /// The members `"id":…,"created":…,"model":…` for a chunk of our own.
  std::string members() const;

 private:
  std::string our_id_, our_created_;  // raw JSON, until the first chunk
  std::string id_, created_, model_;  // raw JSON
};

}  // namespace edgemesh::dialects
