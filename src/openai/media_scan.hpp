// Looks into parts of messages for media and for URLs that a backend would fetch. Fails closed: what is not clearly
// inline counts as remote, in kinds of parts that are not known here too. Pure.
#pragma once
#include "json/value.hpp"

namespace edgemesh::openai {

struct media_facts {
  bool images = false;  ///< also video
  bool audio = false;
  bool remote = false;  ///< a URL that is not data:
};

/// Adds what `part` (any JSON value, walked to its leaves) holds to `facts`. Members that hold text are not looked at.
/// False: a data: URL is malformed (no comma, bad base64).
bool scan_media(json::value part, media_facts& facts);

}  // namespace edgemesh::openai
