// What the codecs of all bodies share: the sealed form around a body and the head fields at its beginning. Pure.
#pragma once
#include <string>
#include <string_view>

#include "proto/field_reader.hpp"
#include "proto/field_writer.hpp"
#include "proto/limits.hpp"
#include "proto/records.hpp"

namespace edgemesh::proto {

/// Field numbers below 16 belong to the head of every body, those from 16 on to its kind.
inline constexpr int first_own_field = 16;

void write_head(field_writer& fields, const node_key& signer, const record_head& head);
/// Signs a finished body.
sealed_record seal_body(const record_author& by, record_head head, std::string_view body);

/// `write_own(fields, body)` writes the kind's own fields.
template <class WriteOwn>
sealed_record seal_fields(const record_author& by, record_kind kind, std::string_view subject, WriteOwn write_own) {
  const auto stamp_ms = by.stamp_ms < 0 ? 0 : by.stamp_ms > wall_ms_max ? wall_ms_max : by.stamp_ms;
  record_head head{kind, std::string(subject), by.version, stamp_ms};
  std::string body;
  field_writer fields(body);
  write_head(fields, by.keys.own_key(), head);
  write_own(fields, body);
  fields.finish();
  return seal_body(by, std::move(head), body);
}

/// `read_own(fields, out)` reads the kind's own fields into a `Body` made by the caller.
template <class Body, class ReadOwn>
result<Body> read_fields(const sealed_record& r, record_kind kind, std::string_view what, Body out, ReadOwn read_own) {
  if (r.head.kind != kind) return error{std::string(what) + ": a record of another kind"};
  const wire_tree tree(r.body(), record_values_max);
  if (!tree.is_sound()) return error{std::string(what) + ": not a body"};
  field_reader fields(tree.root());
  read_own(fields, out);
  if (!fields.is_sound()) return fields.fault(what);
  return out;
}

}  // namespace edgemesh::proto
