// Something that a coroutine waits for and a handler of the same shard sets. One waiter, one thread; auto-reset: a set()
// without a waiter is remembered once. The wait is cancelled like any Asio operation.
#pragma once
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "base/check.hpp"

namespace edgemesh::net {

class event {
 public:
  explicit event(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  /// Resumes the waiter inside this call: call it last in a handler.
  void set() {
    if (!waiter_) {
      is_set_ = true;
      return;
    }
    auto waiter = std::move(waiter_);
    waiter->complete({});
  }
  void reset() noexcept { is_set_ = false; }
  bool has_waiter() const noexcept { return waiter_ != nullptr; }

  /// Throws operation_aborted when cancelled.
  boost::asio::awaitable<void> wait() {
    if (std::exchange(is_set_, false)) co_return;
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(boost::system::error_code)>(
        [this](auto handler) { park(std::move(handler)); }, boost::asio::use_awaitable);
  }

 private:
  struct parked {
    virtual ~parked() = default;
    virtual void complete(boost::system::error_code ec) = 0;
  };
  template <class Handler>
  struct parked_as final : parked {
    explicit parked_as(Handler h) : handler(std::move(h)) {}
    void complete(boost::system::error_code ec) override {
      auto slot = boost::asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) slot.clear();
      auto h = std::move(handler);
      std::move(h)(ec);
    }
    Handler handler;
  };

  template <class Handler>
  void park(Handler handler) {
    EDGEMESH_CHECK(!waiter_);
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    waiter_ = std::make_unique<parked_as<Handler>>(std::move(handler));
    if (slot.is_connected())
      slot.assign([this](boost::asio::cancellation_type type) {
        if ((type & boost::asio::cancellation_type::terminal) == boost::asio::cancellation_type::none || !waiter_) return;
        // Not inside emit(): the emitter's stack may still use what the coroutine would destroy.
        boost::asio::post(executor_, [w = std::shared_ptr<parked>(std::move(waiter_))] {
          w->complete(boost::asio::error::operation_aborted);
        });
      });
  }

  boost::asio::any_io_executor executor_;
  std::unique_ptr<parked> waiter_;
  bool is_set_ = false;
};

}  // namespace edgemesh::net
