// What settings mean for safety, in words: authentication, who can reach the listeners, which data classes go where. Printed
// by `check` and `doctor`, defaults included. Holds no secret. Pure.
#pragma once
#include <string>
#include <vector>

#include "settings/node_settings.hpp"

namespace edgemesh::settings {

struct safety_note {
  std::string key;      ///< "auth.mode", "backends.cloud.data_class"
  std::string value;    ///< "none", "confidential"
  std::string meaning;  ///< one line
  bool risky = false;   ///< worth a second look
};
std::vector<safety_note> safety_notes(const node_settings& settings);

}  // namespace edgemesh::settings
