// Which store a node's records come from. Random, made with the store, and made anew when it is restored from a backup: what a restored
// store writes then is no second version of what was written after the backup. Any thread.
#pragma once
#include "domain/mesh_ids.hpp"

namespace edgemesh {

using store_id = byte_name<struct store_id_tag, 16>;

}  // namespace edgemesh
