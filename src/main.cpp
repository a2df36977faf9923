#include "cli/run.hpp"

int main(int argc, char** argv) { return edgemesh::cli::run(argc, argv); }
