// Why a fake backend refuses a request; each dialect puts it into its own words. Plain values.
#pragma once
#include <string>

namespace edgemesh::mock {

struct complaint {
  int status = 400;
  std::string message;
  std::string param;  ///< of the OpenAI family; empty: null
  std::string code;   ///< of OpenAI itself; empty: null
  std::string type;   ///< when it is not the status's usual one
  std::string extra;  ///< more members of the error object: `,"n_ctx":4`
};

}  // namespace edgemesh::mock
