// One mistake in the configuration, told so that it can be found and mended. Holds no secret.
#pragma once
#include <string>

namespace edgemesh::settings {

struct fault {
  std::string file;  ///< "" for the command line or the environment
  int line = 0;      ///< from 1; 0 when there is none
  int column = 0;    ///< from 1
  std::string key;   ///< "backends[1].url", "--api", "HTTPS_PROXY"
  std::string message;  ///< what is wrong and what was expected

  /// "edgemesh.yaml:12:5: backends[1].url: expected …"
  std::string to_string() const;
};

}  // namespace edgemesh::settings
