#include "net/name_resolver.hpp"

#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <cstring>
#include <system_error>
#include <thread>

namespace edgemesh::net {
namespace asio = boost::asio;

namespace {

std::optional<ip_address> address_of(const addrinfo& info) {
  ip_address out;
  if (info.ai_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(info.ai_addr);
    out.is_v4 = true;
    out.bytes[10] = out.bytes[11] = 0xff;
    std::memcpy(&out.bytes[12], &v4->sin_addr, 4);
    return out;
  }
  if (info.ai_family != AF_INET6) return std::nullopt;
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(info.ai_addr);
  std::memcpy(out.bytes.data(), &v6->sin6_addr, 16);
  out.scope = v6->sin6_scope_id;
  return out;
}

// Loop side of one lookup: waits for the thread's end or the deadline, whichever is first.
struct waiting {
  explicit waiting(asio::io_context& io) : ended(io), deadline(io) {}
  asio::readable_pipe ended;
  asio::steady_timer deadline;
  std::function<void(name_resolver::answer)> done;
  char byte = 0;

  void finish(name_resolver::answer a) {
    if (!done) return;
    auto call = std::exchange(done, nullptr);
    boost::system::error_code ignored;
    ended.close(ignored);
    deadline.cancel();
    call(std::move(a));
  }
};

}  // namespace

// Shared by the loop and one thread. The thread writes `found`, then `is_finished`, then closes the pipe, which wakes the
// loop: it owns nothing of the loop's, so it may outlive everything.
struct name_resolver::running {
  std::atomic<bool> is_finished{false};
  answer found = error{"no answer"};
};

name_resolver::name_resolver(asio::io_context& io, name_resolver_options options, lookup look_up)
    : io_(io), options_(options), look_up_(std::move(look_up)) {}
name_resolver::~name_resolver() = default;

void name_resolver::resolve(const std::string& owner, const std::string& host, std::function<void(answer)> done) {
  if (const auto literal = parse_ip(host)) {
    asio::post(io_, [literal = *literal, done = std::move(done)] { done(std::vector<ip_address>{literal}); });
    return;
  }
  forget_finished();
  if (by_owner_.contains(owner)) return refuse("the name server has not answered yet", std::move(done));
  if (by_owner_.size() >= static_cast<std::size_t>(options_.threads_max))
    return refuse("too many names wait for the name server", std::move(done));

  auto run = std::make_shared<running>();
  auto wait = std::make_shared<waiting>(io_);
  wait->done = std::move(done);
  asio::writable_pipe thread_end(io_);
  boost::system::error_code ec;
  asio::connect_pipe(wait->ended, thread_end, ec);
  if (ec) return refuse("no descriptor left to resolve a name", std::move(wait->done));

  const int end = thread_end.release();
  try {
    std::thread([run, end, host, look_up = look_up_] {
      run->found = look_up(host);
      run->is_finished.store(true, std::memory_order_release);
      ::close(end);
    }).detach();
  } catch (const std::system_error&) {
    ::close(end);
    return refuse("no thread left to resolve a name", std::move(wait->done));
  }
  by_owner_.emplace(owner, run);
  wait->ended.async_read_some(asio::buffer(&wait->byte, 1), [wait, run](boost::system::error_code, std::size_t) {
    if (run->is_finished.load(std::memory_order_acquire)) wait->finish(std::move(run->found));
  });
  wait->deadline.expires_after(options_.deadline);
  wait->deadline.async_wait([wait](boost::system::error_code e) {
    if (!e) wait->finish(error{"the name server did not answer in time"});
  });
}

void name_resolver::refuse(std::string message, std::function<void(answer)> done) {
  asio::post(io_, [message = std::move(message), done = std::move(done)] { done(error{message}); });
}

void name_resolver::forget_finished() {
  std::erase_if(by_owner_, [](const auto& entry) { return entry.second->is_finished.load(std::memory_order_acquire); });
}

name_resolver::answer name_resolver::ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  int failed = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failed != 0 && list == nullptr) {
    // A machine whose only interface is loopback has no configured address: ask again without that filter.
    hints.ai_flags = 0;
    failed = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  }
  if (failed != 0) return error{std::string("the name is not known: ") + gai_strerror(failed)};
  std::vector<ip_address> out;
  for (const addrinfo* i = list; i != nullptr && out.size() < 16; i = i->ai_next)
    if (const auto a = address_of(*i); a && std::find(out.begin(), out.end(), *a) == out.end()) out.push_back(*a);
  freeaddrinfo(list);
  if (out.empty()) return error{"the name has no address"};
  return out;
}

}  // namespace edgemesh::net
