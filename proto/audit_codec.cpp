#include "proto/audit_codec.hpp"

#include <algorithm>
#include <span>

#include "base/utf8.hpp"
#include "proto/field_reader.hpp"
#include "proto/field_writer.hpp"
#include "proto/limits.hpp"

namespace edgemesh::proto {
namespace {

enum audit_field : int { at_field = 0, actor_field, action_field, subject_field, outcome_field, details_field };
enum detail_field : int { name_field = 0, value_field };

/// What a reader takes: no control characters, whole UTF-8, bounded.
std::string tame(std::string_view text) {
  text = text.substr(0, audit_text_max);
  std::string out(text.substr(0, utf8::complete_prefix(text)));
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  return utf8::valid(out) ? out : std::string("?");
}

}  // namespace

std::string write_audit(const audit_entry& e) {
  std::string out(1, audit_version);
  field_writer f(out);
  f.natural(at_field, static_cast<std::uint64_t>(std::clamp<std::int64_t>(e.at_ms, 0, wall_ms_max)));
  f.text(actor_field, tame(e.actor));
  f.text(action_field, tame(e.action));
  f.text(subject_field, tame(e.subject));
  f.text(outcome_field, tame(e.outcome));
  f.each(details_field, std::span(e.details).first(std::min(e.details.size(), audit_details_max)), [](std::string& to, const auto& detail) {
    field_writer d(to);
    d.text(name_field, tame(detail.first));
    d.text(value_field, tame(detail.second));
    d.finish();
  });
  f.finish();
  return out;
}

result<audit_entry> read_audit(std::string_view bytes) {
  if (bytes.empty()) return error{"audit entry: empty"};
  if (bytes.front() > audit_version || bytes.front() < 1) return error{"audit entry: of a later version"};
  const wire_tree tree(bytes.substr(1), record_values_max);
  if (!tree.is_sound()) return error{"audit entry: damaged"};
  field_reader f(tree.root());
  audit_entry out;
  f.natural(at_field, out.at_ms, wall_ms_max);
  f.text(actor_field, out.actor, audit_text_max);
  f.text(action_field, out.action, audit_text_max);
  f.text(subject_field, out.subject, audit_text_max);
  f.text(outcome_field, out.outcome, audit_text_max);
  f.each(details_field, audit_details_max, [&](const wire_value& v) {
    field_reader d(v);
    auto& detail = out.details.emplace_back();
    d.text(name_field, detail.first, audit_text_max);
    d.text(value_field, detail.second, audit_text_max);
    return d.is_sound();
  });
  if (!f.is_sound()) return f.fault("audit entry");
  return out;
}

}  // namespace edgemesh::proto
