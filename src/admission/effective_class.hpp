// The data class of a request: the highest of what header, virtual model key (and later session, detectors) say. Pure.
#pragma once
#include <string_view>

#include "admission/key_ring.hpp"
#include "domain/data_class.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::admission {

/// `header` is the raw x-edgemesh-data-class value, empty when absent. Unknown class: 400, param null, code "unknown_data_class".
openai::api_result<class_level> class_from_header(const data_classes& classes, std::string_view header);

/// The highest of what the key and its groups ask for at least. A name that is no class here counts as the highest.
class_level floor_of(const data_classes& classes, const key_entry& key) noexcept;

}  // namespace edgemesh::admission
