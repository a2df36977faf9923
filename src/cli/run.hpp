// The command line: parses arguments, runs one subcommand, returns its exit code (0 done, 1 refused or failed, 2 wrong
// usage or configuration, 3 node not reachable).
#pragma once
namespace edgemesh::cli {
int run(int argc, char** argv);
}
