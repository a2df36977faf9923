#include "mock/mock_server.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <thread>
#include <utility>

#include "mock/mock_service.hpp"

namespace edgemesh::mock {

int run(const mock_options& options) {
  if (options.kind == backend_kind::automatic) {
    std::fprintf(stderr, "mock: the kind must be one of openai, llamacpp, vllm, ollama, cognis\n");
    return 1;
  }
  mock_service service(options);
  boost::asio::signal_set signals(service.loop(), SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) { service.stop(); });
  if (const auto started = service.start(); !started) {
    std::fprintf(stderr, "mock: %s\n", started.error().message.c_str());
    return 1;
  }
  const host_port at{options.listen.host, service.port()};
  std::printf("mock %s listening on %s\n", std::string(name_of(options.kind)).c_str(),
              at.to_string().c_str());
  std::fflush(stdout);
  service.serve();
  return 0;
}

struct mock_server::parts {
  explicit parts(const mock_options& options) : service(options) {}
  mutable mock_service service;
  std::thread thread;
};

result<std::unique_ptr<mock_server>> mock_server::start(const mock_options& options) {
  if (options.kind == backend_kind::automatic) return error{"a fake backend needs a kind"};
  auto parts = std::make_unique<mock_server::parts>(options);
  if (const auto started = parts->service.start(); !started) return started.error();
  parts->thread = std::thread([service = &parts->service] { service->serve(); });
  return std::unique_ptr<mock_server>(new mock_server(std::move(parts)));
}

mock_server::mock_server(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

mock_server::~mock_server() {
  parts_->service.stop();
  parts_->thread.join();
}

std::uint16_t mock_server::port() const noexcept { return parts_->service.port(); }

std::uint16_t mock_server::control_port() const noexcept { return parts_->service.control_port(); }

std::string mock_server::url() const { return "http://127.0.0.1:" + std::to_string(port()); }

void mock_server::set_faults(std::vector<fault_setting> faults) {
  auto& service = parts_->service;
  service.ask([&] {
    service.state().faults.replace(std::move(faults), steady_clock::now());
    service.follow_faults();
  });
}

std::vector<fault_setting> mock_server::faults() const {
  auto& service = parts_->service;
  return service.ask([&] { return service.state().faults.settings(steady_clock::now()); });
}

void mock_server::set_pace(milliseconds ttft, milliseconds itl, int tokens) {
  auto& service = parts_->service;
  service.ask([&] {
    auto& options = service.state().options;
    options.ttft = ttft;
    options.itl = itl;
    options.tokens = tokens;
  });
}

std::vector<request_entry> mock_server::requests() const {
  auto& service = parts_->service;
  return service.ask([&] { return service.state().log.list(); });
}

void mock_server::clear_requests() {
  auto& service = parts_->service;
  service.ask([&] { service.state().log.clear(); });
}

}  // namespace edgemesh::mock
