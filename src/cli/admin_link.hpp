// The way to a running node's admin API: which address, which key, and what to say when nobody answers. One command, one
// thread.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/exit_code.hpp"
#include "cli/node_origin.hpp"
#include "json/value.hpp"

namespace edgemesh::cli {

struct admin_options {
  std::string admin;   ///< --admin H:P or https://H:P; "" : from the configuration, else 127.0.0.1:8781
  std::string config;  ///< --config
  std::string key;     ///< --key, else EDGEMESH_ADMIN_KEY, else data_dir/admin.key or admin.token where it can be read
  tls_flags tls;
  bool json = false;   ///< print the node's JSON as it is
};

class admin_link {
 public:
  /// nullopt: the options are wrong, which was said already (exit_code::usage).
  static std::optional<admin_link> open(const admin_options& options);

  /// Asks and hands the answer to `show`, or prints it as it is with --json. Says why when it is refused or nobody answers.
  exit_code ask(http_request request, const std::function<void(json::value)>& show) const;
  exit_code get(const std::string& target, const std::function<void(json::value)>& show) const;
  /// An answer that is no JSON, as it is.
  exit_code print_text(const std::string& target) const;
  exit_code send(const std::string& method, const std::string& target, const std::function<void(json::value)>& show) const;

 private:
  http_origin origin_;
  secret key_;
  bool json_ = false;
};

/// A path segment with everything but unreserved characters percent-encoded.
std::string escaped_segment(std::string_view text);
/// error.message of an error body; "" when it is none.
std::string error_message_in(std::string_view body);

}  // namespace edgemesh::cli
