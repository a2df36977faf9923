#include "admission/effective_class.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace edgemesh::admission {

namespace {
using boost::system::in_place_value;  // a bare number could as well be an api_error's status
}

openai::api_result<class_level> class_from_header(const data_classes& classes, std::string_view header) {
  const auto wanted = ascii::trim(header);
  if (wanted.empty()) return {in_place_value, classes.lowest()};
  for (std::size_t i = 0; i < classes.names.size(); ++i)
    if (ascii::iequals(classes.names[i], wanted)) return {in_place_value, static_cast<class_level>(i)};
  std::string known;
  for (const auto& name : classes.names) known.append(known.empty() ? "" : ", ").append(name);
  return openai::bad_request("x-edgemesh-data-class names no data class of this node; known, lowest first: " + known, {},
                             "unknown_data_class");
}

class_level floor_of(const data_classes& classes, const key_entry& key) noexcept {
  class_level out = classes.lowest();
  for (const auto& h : key.holders)
    if (const auto& name = h->terms.data_class; !name.empty()) out = std::max(out, classes.find(name).value_or(classes.highest()));
  return out;
}

}  // namespace edgemesh::admission
