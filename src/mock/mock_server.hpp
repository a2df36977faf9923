// A fake backend: the server side of one dialect, with faults, for demos, drills, tests and benchmarks. Its
// answers are exact: "t0 t1 t2 " for three tokens; the text after `echo:` in the last user message where that
// stands; answer_plan.hpp says the rest (tools, schemas, reasoning). run() serves on the calling thread.
// mock_server serves on a thread of its own; its functions may be called from any thread but its own and wait
// for that thread (milliseconds). HTTP: GET|PUT /mock/faults, GET|DELETE /mock/requests (see
// control_pages.hpp).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "mock/mock_options.hpp"
#include "mock/request_entry.hpp"

namespace edgemesh::mock {

/// Prints `mock KIND listening on H:P` to standard output when ready, then serves until SIGINT or SIGTERM.
/// Returns the process's exit code: 0, or 1 with one line on standard error when it cannot listen.
int run(const mock_options& options);

class mock_server {
 public:
  /// Listens, then serves on its own thread until destroyed. Error: the address cannot be listened on.
  static result<std::unique_ptr<mock_server>> start(const mock_options& options);
  ~mock_server();
  mock_server(const mock_server&) = delete;
  mock_server& operator=(const mock_server&) = delete;

  std::uint16_t port() const noexcept;
  std::uint16_t control_port() const noexcept;  ///< 0 without mock_options::control
  std::string url() const;                      ///< "http://127.0.0.1:PORT", without /v1

  void set_faults(
      std::vector<fault_setting> faults);  ///< replaces them all; connections in flight keep what struck them
  std::vector<fault_setting> faults() const;
  void set_pace(milliseconds ttft, milliseconds itl, int tokens);
  /// What was asked so far, newest last, at most 1000.
  std::vector<request_entry> requests() const;
  void clear_requests();

 private:
  struct parts;
  explicit mock_server(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace edgemesh::mock
