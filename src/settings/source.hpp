// Where settings come from: a file, the command line, the environment. Kept by the node so that a reload reads the
// same places again. A plain value.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace edgemesh::settings {

/// What the command line says over the file. Texts as typed; load() checks them.
struct overrides {
  std::optional<std::string> api, admin, data_dir, name, site;
  std::vector<std::string> backends;  ///< "KIND=URL"
};

/// Value of an environment variable; nullopt when unset.
using environment = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<std::string> process_environment(const std::string& name);

/// What reading does with programs that print keys (backends[].api_key_command).
enum class key_commands : std::uint8_t {
  skip,   ///< nothing: the key stays empty
  check,  ///< the program must be there; it is not run
  run,
};

struct source {
  std::optional<std::filesystem::path> config_file;  ///< absent: defaults and overrides alone
  overrides command_line;
  environment env = process_environment;
  key_commands commands = key_commands::skip;
};

}  // namespace edgemesh::settings
