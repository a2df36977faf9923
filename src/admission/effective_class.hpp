// The data class of a request: the highest of what header, virtual model (and later key, session, detectors) say. Pure.
#pragma once
#include <string_view>

#include "domain/data_class.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::admission {

/// `header` is the raw x-edgemesh-data-class value, empty when absent. Unknown class: 400, param null, code "unknown_data_class".
openai::api_result<class_level> class_from_header(const data_classes& classes, std::string_view header);

}  // namespace edgemesh::admission
