// A finished request as one JSON object on one line: the request log, and GET /admin/v1/requests/{id}. Holds ids, names,
// numbers and our own error codes; no text of a client or an upstream. Pure.
#pragma once
#include <string>

#include "domain/request_record.hpp"

namespace edgemesh::http {

/// Appends the object without a line end. `ms` holds milliseconds from the request's first byte to each mark, null where it
/// was not reached.
void append_request_json(std::string& out, const request_record& record);
inline std::string request_json(const request_record& record) {
  std::string out;
  append_request_json(out, record);
  return out;
}

}  // namespace edgemesh::http
