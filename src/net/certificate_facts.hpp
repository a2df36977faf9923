// What a certificate says that commands and metrics want to know. Any thread; what reads a file blocks for as long as the disk does.
#pragma once
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/server_tls.hpp"

namespace edgemesh::net {

/// A name that the first certificate of a PEM file is for: the first DNS name or IP address of subjectAltName (a wildcard with a name in
/// its place), else the common name. Errors: the file cannot be read, or names nothing.
result<std::string> certificate_name(const std::string& pem_file);

/// When the certificate ends that a listener shows: its own, not one of its authorities.
wall_time certificate_end(const server_tls& listener);

}  // namespace edgemesh::net
