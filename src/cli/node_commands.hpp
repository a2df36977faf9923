// Commands that talk to a running node's admin API. Each returns the process's exit code. One thread.
#pragma once
#include <string>

#include "cli/admin_link.hpp"
#include "cli/exit_code.hpp"

namespace edgemesh::cli {

exit_code show_status(const admin_options& options);
exit_code show_models(const admin_options& options);
exit_code list_backends(const admin_options& options);
exit_code show_backend(const admin_options& options, const std::string& name);
/// `action`: drain, enable or probe.
exit_code steer_backend(const admin_options& options, const std::string& name, const std::string& action);
exit_code list_sessions(const admin_options& options);
exit_code cancel_session(const admin_options& options, const std::string& id);
/// "" : the last finished requests; else one by its id.
exit_code show_requests(const admin_options& options, const std::string& id);

struct explain_options {
  admin_options admin;
  std::string model;       ///< replaces the file's
  std::string data_class;  ///< "" : none asked for
  std::string file;        ///< a chat request as JSON, "-" for standard input, "" : an empty prompt
};
exit_code explain(const explain_options& options);

}  // namespace edgemesh::cli
