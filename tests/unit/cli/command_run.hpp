// Runs a whole command in this process: arguments in, exit code and text out. For one test.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/run.hpp"

namespace edgemesh::cli {

struct outcome {
  int code;
  std::string out, err;
};
inline outcome run_with(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "edgemesh");
  std::vector<char*> pointers;
  for (auto& a : arguments) pointers.push_back(a.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = run(static_cast<int>(pointers.size()), pointers.data());
  outcome out{code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
  return out;
}

}  // namespace edgemesh::cli
