// What a certificate file says that a command wants to know. Any thread; blocks for as long as the disk does.
#pragma once
#include <string>

#include "base/result.hpp"

namespace edgemesh::net {

/// A name that the first certificate of a PEM file is for: the first DNS name or IP address of subjectAltName (a wildcard with a name in
/// its place), else the common name. Errors: the file cannot be read, or names nothing.
result<std::string> certificate_name(const std::string& pem_file);

}  // namespace edgemesh::net
