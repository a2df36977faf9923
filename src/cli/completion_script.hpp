// Completion scripts for shells, made from the commands that exist. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgemesh::cli {

struct command_words {
  std::vector<std::string> path;   ///< {"backends", "drain"}; {} is the program itself
  std::vector<std::string> words;  ///< subcommands and long options that may follow
};
/// `shell`: bash, zsh or fish; nullopt for others.
std::optional<std::string> completion_script(std::string_view shell, const std::vector<command_words>& commands);

}  // namespace edgemesh::cli
