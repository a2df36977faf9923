// Backends as the admin API shows them. Pure: time is passed in; numbers of the moment are read from the cells.
#pragma once
#include <string>
#include <vector>

#include "actors/backend_view.hpp"

namespace edgemesh::actors {

std::string backend_page(const backend_view& backend, instant now);
std::string backends_page(const std::vector<backend_view_ptr>& backends, instant now);

}  // namespace edgemesh::actors
