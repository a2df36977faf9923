// Files with certificates and keys that a configuration names.
#include "settings/draft.hpp"
#include "settings/text_file.hpp"

namespace edgemesh::settings {

namespace {

constexpr std::size_t pem_bytes_max = 4u << 20;

/// Commands of people who may not read the key know the configuration too: only the node itself opens it.
std::filesystem::path read_key_path(const cursor& from, reading& context) {
  const auto text = from.text();
  if (!text) return {};
  const auto path = context.folder / *text;
  std::error_code ec;
  const bool is_there = std::filesystem::is_regular_file(path, ec);
  if (!is_there && ec != std::errc::permission_denied)
    context.faults.add(from.where(), "cannot read " + path.string() + ": " + (ec ? ec.message() : "it is no file"));
  return path;
}

}  // namespace

std::filesystem::path read_pem(const cursor& from, std::string_view marker, reading& context, std::uint64_t& digest) {
  const auto text = from.text();
  if (!text) return {};
  const auto path = context.folder / *text;
  const auto content = read_text_file(path, pem_bytes_max);
  if (!content)
    context.faults.add(from.where(), content.error().message);
  else if (content->find("-----BEGIN ") == std::string::npos || content->find(marker) == std::string::npos)
    context.faults.add(from.where(), "expected a PEM file with a " + std::string(marker));
  else
    digest = digest_of(*content, digest + 1);
  return path;
}

listener_tls read_listener_tls(const cursor& from, reading& context) {
  std::uint64_t ignored = 0;  // a change of what the files hold is noticed without a reload
  listener_tls out;
  out.cert = read_pem(from["cert"], "CERTIFICATE", context, ignored);
  out.key = read_key_path(from["key"], context);
  out.client_ca = read_pem(from["client_ca"], "CERTIFICATE", context, ignored);
  return out;
}

}  // namespace edgemesh::settings
