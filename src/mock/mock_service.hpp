// One fake backend at work: its loop, listeners, connections, state and persona. Everything runs on the one
// thread that calls serve(); start(), ask() and stop() may be called from another.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <future>
#include <memory>
#include <unordered_set>
#include <utility>

#include "base/result.hpp"
#include "mock/mock_options.hpp"
#include "mock/mock_state.hpp"
#include "mock/persona.hpp"

namespace edgemesh::mock {

class connection;

class mock_service {
 public:
  explicit mock_service(mock_options options);
  ~mock_service();
  mock_service(const mock_service&) = delete;
  mock_service& operator=(const mock_service&) = delete;

  /// Binds and listens. Error: which address and why not.
  result<void> start();
  void serve() { loop_.run(); }
  void stop() { loop_.stop(); }
  boost::asio::io_context& loop() noexcept { return loop_; }
  std::uint16_t port() const noexcept { return endpoint_.port(); }
  std::uint16_t control_port() const noexcept { return control_endpoint_.port(); }  ///< 0 without one

  /// Runs f on the loop's thread and waits for its value. Not from that thread; the loop must be running.
  template <class F>
  auto ask(F f) {
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto answer = task.get_future();
    // Twice, so that what ended before the question (a write whose bytes the asker has seen) is also noted
    // before it.
    boost::asio::post(loop_, [this, &task] { boost::asio::post(loop_, [&task] { task(); }); });
    return answer.get();
  }

  // For connections and exchanges, on the loop's thread.
  mock_state& state() noexcept { return state_; }
  persona& who() noexcept { return *persona_; }
  void joined(connection& c) { connections_.insert(&c); }
  void left(connection& c) noexcept { connections_.erase(&c); }
  bool is_stopping() const noexcept { return stopping_; }
  /// Opens or shuts the listener as the faults want it.
  void follow_faults();

 private:
  using acceptor = boost::asio::ip::tcp::acceptor;

  result<void> open(acceptor& a, boost::asio::ip::tcp::endpoint& at);
  result<boost::asio::ip::tcp::endpoint> resolve(const host_port& where);
  void accept();
  void accept_control();
  void adopt(boost::asio::ip::tcp::socket socket, bool control_only);
  void sweep();

  mock_state state_;
  std::unique_ptr<persona> persona_;
  bool stopping_ = false;
  std::unordered_set<connection*> connections_;
  boost::asio::io_context loop_{1};
  acceptor acceptor_{loop_};
  acceptor control_{loop_};
  boost::asio::ip::tcp::endpoint endpoint_;
  boost::asio::ip::tcp::endpoint control_endpoint_;
  boost::asio::steady_timer sweeper_{loop_};
  boost::asio::steady_timer reopener_{loop_};
  boost::asio::steady_timer accept_pause_{loop_};
};

}  // namespace edgemesh::mock
