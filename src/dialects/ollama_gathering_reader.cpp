#include "dialects/ollama_gathering_reader.hpp"

#include "base/ascii.hpp"
#include "base/release.hpp"
#include "dialects/broken_answer.hpp"

namespace edgemesh::dialects {

void ollama_gathering_reader::feed(std::string_view bytes, answer& out) {
  ++out.events;
  if (failing_.is_failing()) return failing_.add(bytes);
  if (bytes.size() > options_.body_bytes_max - body_.size()) {
    out.failure = oversize_answer();
    return;
  }
  body_.append(bytes);
}

void ollama_gathering_reader::end(bool clean, wall_time now, answer& out) {
  if (out.failure || out.complete) return;
  if (failing_.is_failing()) {
    out.failure = failing_.failure(backend_kind::ollama, now);
  } else if (!clean) {
    out.failure = unfinished_answer(false, clean);
  } else if (ascii::trim(body_).empty()) {
    out.failure = empty_answer();
  } else {
    convert(out);
  }
  release(body_);
}

}  // namespace edgemesh::dialects
