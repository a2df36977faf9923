// The commands and their flags, and nothing else: with account_arguments.cpp the only file that knows the command-line library.
#include "cli/run.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/version.hpp"
#include "cli/account_arguments.hpp"
#include "cli/account_commands.hpp"
#include "cli/chat_command.hpp"
#include "cli/completion_script.hpp"
#include "cli/local_commands.hpp"
#include "cli/mesh_commands.hpp"
#include "cli/node_commands.hpp"
#include "cli/serve_command.hpp"
#include "cli/store_commands.hpp"
#include "cli/terminal.hpp"
#include "mock/fault.hpp"

namespace edgemesh::cli {
namespace {

/// The parser together with what it chose. Option structs live in the actions.
class command_line {
 public:
  command_line();
  int run(int argc, char** argv);

 private:
  /// A subcommand; `action` gets its options once parsing is over.
  template <class Options, class Action>
  std::shared_ptr<Options> add(CLI::App& parent, const char* name, const char* help, Action action, CLI::App*& out) {
    auto options = std::make_shared<Options>();
    out = parent.add_subcommand(name, help);
    out->callback([this, options, action] { chosen_ = [options, action] { return static_cast<int>(action(*options)); }; });
    return options;
  }
  static void add_tls_flags(CLI::App& to, tls_flags& out);
  static void add_admin_flags(CLI::App& to, admin_options& out);
  static void add_configuration(CLI::App& to, configuration_options& out);
  void add_serving();
  void add_local(const char* name, const char* help, exit_code (*action)(const local_options&));
  void add_question(CLI::App& parent, const char* name, const char* help, exit_code (*action)(const admin_options&));
  void add_node_questions();
  void add_backends();
  void add_sessions();
  void add_mesh();
  void add_accounts(account_kind kind, const char* name, const char* help, const char* one);
  void add_keys();
  void add_reports();
  void add_store();
  void add_explain_and_chat();
  void add_small_ones();
  void add_later_ones();
  std::vector<command_words> words() const;
  std::optional<std::string> unknown_command(int argc, char** argv) const;

  CLI::App app_{"One OpenAI-compatible API in front of all your model servers.", "edgemesh"};
  std::function<int()> chosen_;
};

void command_line::add_tls_flags(CLI::App& to, tls_flags& out) {
  to.add_option("--ca", out.ca, "PEM: trusts these certificates; default: the node's own from --config, else the system's authorities");
  to.add_option("--client-cert", out.client_cert, "PEM: shown to a listener with client_ca");
  to.add_option("--client-key", out.client_key, "PEM: the key of --client-cert");
}

void command_line::add_admin_flags(CLI::App& to, admin_options& out) {
  to.add_option("--admin", out.admin, "the node's admin address, H:P or https://H:P; default: from --config, else 127.0.0.1:8781");
  to.add_option("--config", out.config, "the node's configuration file");
  to.add_option("--key", out.key, "admin key; default: EDGEMESH_ADMIN_KEY");
  add_tls_flags(to, out.tls);
  to.add_flag("--json", out.json, "print the node's JSON");
}

void command_line::add_configuration(CLI::App& to, configuration_options& out) {
  auto& flags = out.command_line;
  to.add_option("--config", out.config, "configuration file (YAML); default: none, local backends are found");
  to.add_option("--api", flags.api, "address for clients, H:P; default: 127.0.0.1:8780");
  to.add_option("--admin", flags.admin, "address for operators, H:P; default: 127.0.0.1:8781");
  to.add_option("--data-dir", flags.data_dir, "where the node keeps its data; default: ./data");
  to.add_option("--name", flags.name, "the node's name; default: the machine's host name");
  to.add_option("--site", flags.site, "the node's site");
  to.add_option("--backend", flags.backends, "a backend, KIND=URL such as ollama=http://10.0.0.5:11434; may be given several times")->allow_extra_args(false);
}

void command_line::add_serving() {
  CLI::App* sub = nullptr;
  auto serving = add<serve_options>(app_, "serve", "run a node", serve, sub);
  add_configuration(*sub, serving->configuration);
  sub->add_option("--join", serving->join, "join a mesh with this token; @FILE or - (standard input) keep it out of process lists");
  auto mock = add<mock_flags>(app_, "mock", "run a fake backend, for demos, drills and tests", serve_mock, sub);
  sub->add_option("--kind", mock->kind, "the dialect it speaks: cognis, ollama, llamacpp, vllm or openai")->required();
  sub->add_option("--listen", mock->listen, "H:P; port 0: the system chooses")->required();
  sub->add_option("--control", mock->control, "a second listener for /mock/* alone, H:P");
  sub->add_option("--models", mock->models, "models, separated by commas")->delimiter(',');
  sub->add_option("--ttft", mock->ttft, "until the first token, such as 200ms");
  sub->add_option("--itl", mock->itl, "between tokens, such as 20ms");
  sub->add_option("--tokens", mock->tokens, "length of an answer that nothing else limits")->check(CLI::Range(0, 10'000'000));
  sub->add_option("--fault", mock->faults, "NAME[:PROBABILITY[:COUNT]], several times if wanted; one of: " + mock::fault_names())->allow_extra_args(false);
  sub->add_option("--slots", mock->slots, "answers at once; 0: the kind's usual")->check(CLI::Range(0, 100'000));
  sub->add_option("--context", mock->context, "tokens of a prompt")->check(CLI::Range(1, 100'000'000));
  sub->add_option("--seed", mock->seed, "of fault draws and ids");
  sub->add_option("--api-key", mock->api_key, "key that it asks for");
  sub->add_flag("--no-embeddings", mock->no_embeddings, "refuse embeddings as the kind does");
}

void command_line::add_local(const char* name, const char* help, exit_code (*action)(const local_options&)) {
  CLI::App* sub = nullptr;
  auto options = add<local_options>(app_, name, help, action, sub);
  sub->add_flag("--json", options->json, "print JSON");
  if (action != discover) add_configuration(*sub, options->configuration);
}

void command_line::add_question(CLI::App& parent, const char* name, const char* help, exit_code (*action)(const admin_options&)) {
  CLI::App* sub = nullptr;
  auto options = add<admin_options>(parent, name, help, action, sub);
  add_admin_flags(*sub, *options);
}

struct named_question {
  admin_options admin;
  std::string name;
};

void command_line::add_node_questions() {
  add_question(app_, "status", "the node: version, uptime, listeners, counts", show_status);
  add_question(app_, "models", "the models that it serves, and from where", show_models);
  CLI::App* sub = nullptr;
  auto asked = add<named_question>(app_, "requests", "the last finished requests, or one by its id",
                                   [](const named_question& o) { return show_requests(o.admin, o.name); }, sub);
  add_admin_flags(*sub, asked->admin);
  sub->add_option("ID", asked->name, "x-request-id of a finished request");
}

void command_line::add_backends() {
  auto* group = app_.add_subcommand("backends", "the backends, their health and load");
  group->require_subcommand(1);
  add_question(*group, "list", "all backends", list_backends);
  CLI::App* sub = nullptr;
  auto shown = add<named_question>(*group, "show", "everything about one backend",
                                   [](const named_question& o) { return show_backend(o.admin, o.name); }, sub);
  add_admin_flags(*sub, shown->admin);
  sub->add_option("NAME", shown->name, "the backend")->required();
  const std::pair<const char*, const char*> actions[] = {{"drain", "give it no new requests"},
                                                         {"enable", "give it requests again"},
                                                         {"probe", "ask it now how it is"}};
  for (const auto& [verb, help] : actions) {
    auto steered = add<named_question>(
        *group, verb, help, [action = std::string(verb)](const named_question& o) { return steer_backend(o.admin, o.name, action); }, sub);
    add_admin_flags(*sub, steered->admin);
    sub->add_option("NAME", steered->name, "the backend")->required();
  }
}

void command_line::add_sessions() {
  auto* group = app_.add_subcommand("sessions", "the connections of clients");
  group->require_subcommand(1);
  add_question(*group, "list", "all sessions", list_sessions);
  CLI::App* sub = nullptr;
  auto cancelled = add<named_question>(*group, "cancel", "end one, with what it is doing",
                                       [](const named_question& o) { return cancel_session(o.admin, o.name); }, sub);
  add_admin_flags(*sub, cancelled->admin);
  sub->add_option("ID", cancelled->name, "the session")->required();
}

void command_line::add_mesh() {
  add_question(app_, "peers", "the other nodes of the mesh, as this one sees them", show_peers);
  auto* group = app_.add_subcommand("mesh", "the mesh that the node is in");
  group->require_subcommand(1);
  CLI::App* sub = nullptr;
  auto founder = add<configuration_options>(*group, "init", "make a mesh in the node's data directory", init_mesh, sub);
  sub->add_option("--config", founder->config, "the node's configuration file");
  sub->add_option("--data-dir", founder->command_line.data_dir, "where the node keeps its data; default: ./data");
  sub->add_option("--name", founder->command_line.name, "the node's name; default: the machine's host name");
  sub->add_option("--site", founder->command_line.site, "the node's site");
  auto invited = add<invite_options>(*group, "invite", "print a one-time token for a node that shall join (the last line)", invite, sub);
  add_admin_flags(*sub, invited->admin);
  sub->add_option("--role", invited->role, "full: may admit, evict and write policy; edge: may not; default: full");
  sub->add_option("--site", invited->site, "the node's site; default: as it says itself");
  sub->add_option("--data-class", invited->data_class, "the highest data class that it may see and offer; default: the lowest");
  sub->add_option("--name", invited->name, "the node's name; default: as it says itself");
  sub->add_option("--ttl", invited->ttl, "how long the token is good, at most 15m, which is the default");
  add_question(*group, "status", "the mesh: id, members, links, versions, clock", show_mesh);
  auto evicted = add<evict_options>(*group, "evict", "throw a node out, for ever", evict, sub);
  add_admin_flags(*sub, evicted->admin);
  sub->add_option("NODE", evicted->node, "its name or key")->required();
  sub->add_option("--since", evicted->since, "what it signed after this time no longer counts: 2026-11-23T08:00:00Z, or 2h ago as 2h; default: now");
  add_question(*group, "leave", "take the node out of its mesh", leave_mesh);
  add_question(*group, "rotate", "give the node a new key", rotate_key);
}

void command_line::add_accounts(account_kind kind, const char* name, const char* help, const char* one) {
  auto* group = app_.add_subcommand(name, help);
  group->require_subcommand(1);
  CLI::App* sub = nullptr;
  const auto about = [&](const char* verb, const std::string& text, auto action, bool needs_id) {
    auto o = add<account_options>(*group, verb, text.c_str(), action, sub);
    add_admin_flags(*sub, o->admin);
    if (needs_id) sub->add_option("ID", o->id, one)->required();
    return o;
  };
  auto listed = about("list", "all of them", [kind](const account_options& o) { return list_accounts(kind, o); }, false);
  if (kind == account_kind::key) sub->add_option("--group", listed->flags.group, "those of one group");
  about("show", "everything about one", [kind](const account_options& o) { return show_account(kind, o); }, true);
  auto made = about("create", "make one", [kind](const account_options& o) { return create_account(kind, o); }, false);
  add_policy_flags(*sub, kind, *made);
  auto changed = about("update", "change what is named", [kind](const account_options& o) { return update_account(kind, o); }, true);
  add_policy_flags(*sub, kind, *changed);
  const bool is_key = kind == account_kind::key;
  about(is_key ? "revoke" : "delete", is_key ? "end one for ever; its running streams are cut" : "delete an empty one",
        [kind](const account_options& o) { return end_account(kind, o); }, true);
  if (!is_key) return;
  auto rotated = about("rotate", "give one another secret", rotate_key_of, true);
  sub->add_option("--grace", rotated->grace, "how long the old secret is good, such as 24h, which is the default");
  auto imported = about("import", "take over keys of another gateway", import_keys, false);
  sub->add_option("FILE", imported->file, "lines of JSON, or what LiteLLM lists; - for standard input")->required();
}

void command_line::add_keys() {
  add_accounts(account_kind::key, "keys", "the keys of clients and operators", "the key's id");
  add_accounts(account_kind::group, "groups", "groups of keys: teams", "the group's name or id");
}

void command_line::add_reports() {
  CLI::App* sub = nullptr;
  auto used = add<usage_options>(app_, "usage", "who used what, and what it cost", show_usage, sub);
  add_admin_flags(*sub, used->admin);
  add_usage_flags(*sub, *used);
  auto told = add<audit_options>(app_, "audit", "who changed what, and who was refused", show_audit, sub);
  add_admin_flags(*sub, told->admin);
  add_audit_flags(*sub, *told);
}

void command_line::add_store() {
  auto* group = app_.add_subcommand("store", "the node's store: keys, usage, audit, and what it knows of its mesh");
  group->require_subcommand(1);
  CLI::App* sub = nullptr;
  const auto at = [&](auto& o) {
    sub->add_option("--config", o->configuration.config, "the node's configuration file");
    sub->add_option("--data-dir", o->configuration.command_line.data_dir, "where the node keeps its data; default: ./data");
  };
  auto checked = add<store_options>(*group, "check", "read all of it and check every checksum; also beside a running node", check_the_store, sub);
  at(checked);
  auto saved = add<backup_options>(*group, "backup", "copy the store of a running node into a new folder of its machine", back_up_store, sub);
  add_admin_flags(*sub, saved->admin);
  sub->add_option("FOLDER", saved->folder, "a folder that is not there yet")->required();
  auto restored = add<store_options>(*group, "restore", "make the store of a stopped node from a backup", restore_the_store, sub);
  at(restored);
  sub->add_option("FOLDER", restored->folder, "the backup")->required();
}

void command_line::add_explain_and_chat() {
  CLI::App* sub = nullptr;
  auto explained = add<explain_options>(app_, "explain", "the routing decision for a request, without running it", explain, sub);
  add_admin_flags(*sub, explained->admin);
  sub->add_option("--model", explained->model, "the model asked for");
  sub->add_option("--data-class", explained->data_class, "the request's data class");
  sub->add_option("FILE", explained->file, "a chat request as JSON, - for standard input");
  auto said = add<chat_options>(app_, "chat", "a streaming chat in the terminal", chat, sub);
  sub->add_option("--model", said->model, "default: the node's first model");
  sub->add_option("--api", said->api, "the node's API address, H:P or https://H:P; default: from --config, else 127.0.0.1:8780");
  sub->add_option("--config", said->config, "the node's configuration file");
  sub->add_option("--key", said->key, "API key");
  add_tls_flags(*sub, said->tls);
  sub->add_option("PROMPT", said->words, "default: standard input");
}

struct no_options {};
struct shell_option {
  std::string shell;
};

void command_line::add_small_ones() {
  CLI::App* sub = nullptr;
  add<no_options>(app_, "version", "print the version", [](const no_options&) {
    print(std::string("edgemesh ") + version_text + "\n");
    return exit_code::done;
  }, sub);
  auto shell = add<shell_option>(app_, "completions", "print a completion script", [this](const shell_option& o) {
    print(completion_script(o.shell, words()).value_or(""));
    return exit_code::done;
  }, sub);
  sub->add_option("SHELL", shell->shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

/// Commands of later versions are known by name, so that nobody searches for a typing mistake.
void command_line::add_later_ones() {
  for (const char* name : {"settings"}) {
    CLI::App* sub = nullptr;
    add<no_options>(app_, name, "", [name](const no_options&) {
      complain(std::string(name) + ": not in this version");
      return exit_code::usage;
    }, sub);
    sub->group("")->allow_extras();
  }
}

command_line::command_line() {
  app_.require_subcommand(1);
  app_.set_help_flag("--help,-h", "print help");
  app_.failure_message([](const CLI::App*, const CLI::Error& e) {
    return "edgemesh: " + printable(e.what()) + "; --help shows what is possible\n";
  });
  add_serving();
  add_local("check", "validate a configuration, and say what its defaults mean for safety", check);
  add_local("discover", "look for backends on this machine's well-known ports", discover);
  add_local("doctor", "examine backends, clock, disk and certificates", doctor);
  add_node_questions();
  add_backends();
  add_sessions();
  add_mesh();
  add_keys();
  add_reports();
  add_store();
  add_explain_and_chat();
  add_small_ones();
  add_later_ones();
}

std::vector<command_words> command_line::words() const {
  std::vector<command_words> out;
  const auto visit = [&](const auto& self, const CLI::App& at, const std::vector<std::string>& path) -> void {
    command_words here{path, {}};
    for (const auto* sub : at.get_subcommands([](const CLI::App* a) { return a->get_group() != ""; })) here.words.push_back(sub->get_name());
    for (const auto* option : at.get_options())
      if (!option->get_lnames().empty() && !option->get_group().empty()) here.words.push_back("--" + option->get_lnames()[0]);
    out.push_back(std::move(here));
    for (const auto* sub : at.get_subcommands([](const CLI::App* a) { return a->get_group() != ""; })) {
      auto below = path;
      below.push_back(sub->get_name());
      self(self, *sub, below);
    }
  };
  visit(visit, app_, {});
  return out;
}

/// The library says of a mistyped command only that one is missing.
std::optional<std::string> command_line::unknown_command(int argc, char** argv) const {
  const CLI::App* at = &app_;
  for (int i = 1; i < argc && at->get_require_subcommand_min() > 0; ++i) {
    if (argv[i][0] == '-') return std::nullopt;
    const auto named = at->get_subcommands([&](const CLI::App* a) { return a->get_name() == argv[i]; });
    if (named.empty()) return std::string(argv[i]);
    at = named.front();
  }
  return std::nullopt;
}

int command_line::run(int argc, char** argv) {
  if (const auto unknown = unknown_command(argc, argv)) {
    complain("\"" + printable(*unknown) + "\" is no command; --help lists them");
    return static_cast<int>(exit_code::usage);
  }
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app_.exit(e) == 0 ? 0 : static_cast<int>(exit_code::usage);
  }
  return chosen_();
}

}  // namespace

int run(int argc, char** argv) {
  try {
    return command_line().run(argc, argv);
  } catch (const std::exception& e) {
    complain(printable(e.what()));
    return static_cast<int>(exit_code::failed);
  }
}

}  // namespace edgemesh::cli
