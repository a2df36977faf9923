#include "dialects/whole_reader.hpp"

#include "base/ascii.hpp"
#include "base/release.hpp"
#include "dialects/broken_answer.hpp"
#include "dialects/embedding_answer.hpp"
#include "dialects/error_fields.hpp"
#include "dialects/reported_usage.hpp"
#include "dialects/sound_json.hpp"
#include "dialects/whole_pass.hpp"
#include "json/validate.hpp"

namespace edgemesh::dialects {

whole_reader::whole_reader(backend_kind kind, answer_options options) : kind_(kind), options_(std::move(options)) {}

void whole_reader::head(const upstream_head& head) { failing_.begin(head); }

void whole_reader::feed(std::string_view bytes, answer& out) {
  if (out.failure || out.complete) return;
  if (failing_.is_failing()) return failing_.add(bytes);
  if (bytes.size() > options_.body_bytes_max - body_.size()) {
    out.failure = oversize_answer();
    body_.clear();
    return;
  }
  body_ += bytes;
}

void whole_reader::end(bool clean, wall_time now, answer& out) {
  if (out.failure || out.complete) return;
  judge(clean, now, out);
  release(body_);
}

void whole_reader::judge(bool clean, wall_time now, answer& out) {
  if (failing_.is_failing()) {
    out.failure = failing_.failure(kind_, now);
    return;
  }
  if (!clean) {
    out.failure = unfinished_answer(false, false);
    return;
  }
  const std::string_view body = ascii::trim(body_);
  if (body.empty()) {
    out.failure = empty_answer();
    return;
  }
  if (!json::validate(body)) return read(body, out);
  const std::string sound = sound_json(body);
  if (!json::validate(sound)) return read(sound, out);
  out.failure = garbage_answer("the backend's answer is not JSON");
}

void whole_reader::read(std::string_view body, answer& out) {
  const whole_members members(json::value::exactly(body));
  ++out.events;
  if (is_error_document(members.error, members.object)) {
    out.failure = read_upstream_error(kind_, {200, "", ""}, body, {});
    return;
  }
  const bool embeddings = options_.kind == endpoint::embeddings;
  out.failure = embeddings ? pass_embeddings(options_, body, members, out) : pass_whole(options_, body, members, out);
  if (out.failure) return;
  ++out.content_events;
  out.content = out.complete = true;
}

}  // namespace edgemesh::dialects
