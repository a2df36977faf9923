// Two programs in one: the simulator's tests, and with --table the measurements of the mesh's targets. `--table` takes a minute or
// two; `--table --long`, or EDGEMESH_SIM=long in the environment, takes the volumes that the published table stands on. `--table M3`
// measures that row alone, `--table --long M7 --seed 7003 --restarts 2` a part of M7: the first restarts of that seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "tests/sim/table.hpp"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  edgemesh::sim::table_options options;
  bool is_table = false;
  const char* length = std::getenv("EDGEMESH_SIM");
  options.is_long = length && std::string_view(length) == "long";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--table") is_table = true;
    else if (word == "--long") options.is_long = true;
    else if (word == "--seed" && i + 1 < argc) options.seed = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--restarts" && i + 1 < argc) options.restarts = std::atoi(argv[++i]);
    else options.only = word;
  }
  return is_table ? edgemesh::sim::print_table(options) : RUN_ALL_TESTS();
}
