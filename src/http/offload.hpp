// Runs a function on a worker thread while the calling coroutine waits on its shard. Not cancellable: the function is
// short (parsing, converting), and what it refers to lives in the waiting coroutine.
#pragma once
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>

namespace edgemesh::http {

template <class Work>
auto offload(boost::asio::io_context& home, boost::asio::thread_pool& worker, Work work)
    -> boost::asio::awaitable<std::invoke_result_t<Work>> {
  std::optional<std::invoke_result_t<Work>> done;
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      [&](auto handler) {
        auto parked = std::make_shared<decltype(handler)>(std::move(handler));
        boost::asio::post(worker, [&, parked, guard = boost::asio::make_work_guard(home)]() mutable {
          done.emplace(work());
          boost::asio::post(guard.get_executor(), [parked = std::move(parked)] { std::move (*parked)(); });
        });
      },
      boost::asio::use_awaitable);
  co_return std::move(*done);
}

}  // namespace edgemesh::http
