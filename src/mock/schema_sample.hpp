// The smallest JSON value that fits a simple JSON Schema: required members (all, where none are named), the
// first enum value, one item per list, the least number allowed. Follows "#/$defs/…" and "#/definitions/…".
// Pure; 16 levels deep, below that null.
#pragma once
#include <boost/json/value.hpp>

namespace edgemesh::mock {

/// A null schema means any object: {"ok":true}.
boost::json::value sample_of(const boost::json::value& schema);

}  // namespace edgemesh::mock
