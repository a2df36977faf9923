// A node's description of itself: where it is reached, what it speaks, whom it is linked to.
#include <algorithm>
#include <span>

#include "domain/network_address.hpp"
#include "proto/body_codec.hpp"

namespace edgemesh::proto {
namespace {

enum node_field : int {
  mesh_address_field = first_own_field, peer_address_field, public_url_field, build_field, version_min_field, version_max_field,
  features_field, links_field, draining_field, undialled_field,
};

bool is_address(const std::string& text) {
  if (text.empty() || !is_plain_text(text, address_max)) return false;
  const auto parsed = parse_host_port(text);
  return parsed && parsed->port != 0;
}
bool is_url(const std::string& text) { return !text.empty() && is_plain_text(text, url_max) && parse_backend_url(text).has_value(); }

void write_keys(field_writer& fields, int key, const std::vector<node_key>& keys) {
  fields.each(key, std::span(keys).first(std::min(keys.size(), links_told_max)),
              [](std::string& out, const node_key& k) { write_bytes(out, k.view()); });
}
void read_keys(field_reader& fields, int key, std::vector<node_key>& out) {
  fields.each(key, links_told_max, [&](const wire_value& v) {
    const auto k = v.is == wire_value::form::bytes ? node_key::from_bytes(v.view()) : std::nullopt;
    if (k) out.push_back(*k);
    return k.has_value();
  });
}

template <class Check>
void read_checked(field_reader& fields, int key, std::string& out, std::size_t size_max, Check check) {
  fields.text(key, out, size_max);
  if (!out.empty() && !check(out)) fields.refuse(key);
}

}  // namespace

sealed_record seal(const record_author& by, const node_body& body) {
  return seal_fields(by, record_kind::node, by.keys.own_key().view(), [&](field_writer& fields, std::string&) {
    if (is_address(body.mesh_address)) fields.text(mesh_address_field, body.mesh_address);
    if (is_address(body.peer_address)) fields.text(peer_address_field, body.peer_address);
    if (is_url(body.public_url)) fields.text(public_url_field, body.public_url);
    if (is_plain_text(body.build, name_max)) fields.text(build_field, body.build);
    fields.natural(version_min_field, body.version_min);
    fields.natural(version_max_field, body.version_max);
    fields.texts(features_field, body.features, features_max);
    write_keys(fields, links_field, body.links);
    fields.flag(draining_field, body.is_draining);
    write_keys(fields, undialled_field, body.undialled);
  });
}

result<node_body> read_node(const sealed_record& r) {
  return read_fields(r, record_kind::node, "node record", node_body{}, [](field_reader& fields, node_body& out) {
    read_checked(fields, mesh_address_field, out.mesh_address, address_max, is_address);
    read_checked(fields, peer_address_field, out.peer_address, address_max, is_address);
    read_checked(fields, public_url_field, out.public_url, url_max, is_url);
    fields.text(build_field, out.build, name_max);
    fields.natural(version_min_field, out.version_min);
    fields.natural(version_max_field, out.version_max);
    fields.texts(features_field, out.features, features_max, feature_name_max);
    read_keys(fields, links_field, out.links);
    fields.flag(draining_field, out.is_draining);
    read_keys(fields, undialled_field, out.undialled);
  });
}

}  // namespace edgemesh::proto
