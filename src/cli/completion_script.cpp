#include "cli/completion_script.hpp"

namespace edgemesh::cli {
namespace {

std::string with_blanks(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "" : " ") + w;
  return out;
}

/// A shell function that finds the words for what was typed: options and values are skipped, subcommands followed.
std::string case_table(const std::vector<command_words>& commands, const char* indent) {
  std::string out;
  for (const auto& c : commands)
    out += std::string(indent) + "\"" + with_blanks(c.path) + "\") words=\"" + with_blanks(c.words) + "\" ;;\n";
  return out;
}

std::string bash_script(const std::vector<command_words>& commands) {
  return "# edgemesh completion for bash: source <(edgemesh completions bash)\n"
         "_edgemesh() {\n"
         "  local path=\"\" words=\"\" word i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=\"${COMP_WORDS[i]}\"\n"
         "    case \"${path:+$path }$word\" in\n" +
         [&] {
           std::string known;
           for (const auto& c : commands)
             if (!c.path.empty()) known += (known.empty() ? "" : "|") + ("\"" + with_blanks(c.path) + "\"");
           return "      " + known + ") path=\"${path:+$path }$word\" ;;\n";
         }() +
         "    esac\n"
         "  done\n"
         "  case \"$path\" in\n" +
         case_table(commands, "    ") +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "  [[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -F _edgemesh edgemesh\n";
}

std::string zsh_script(const std::vector<command_words>& commands) {
  return "#compdef edgemesh\n"
         "# edgemesh completion for zsh: source <(edgemesh completions zsh)\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         bash_script(commands);
}

std::string fish_script(const std::vector<command_words>& commands) {
  std::string out = "# edgemesh completion for fish: edgemesh completions fish | source\n";
  for (const auto& c : commands) {
    std::string condition = c.path.empty() ? "__fish_use_subcommand" : "";
    for (const auto& part : c.path) condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + part);
    for (const auto& w : c.words) {
      out += "complete -c edgemesh -n '" + condition + "' ";
      out += w.starts_with("--") ? "-l " + w.substr(2) + "\n" : "-f -a " + w + "\n";
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> completion_script(std::string_view shell, const std::vector<command_words>& commands) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  return std::nullopt;
}

}  // namespace edgemesh::cli
