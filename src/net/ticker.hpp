// A coarse clock for one shard: calls every registered object ten times a second while there is any. Deadlines of
// sessions and attempts are plain fields compared here, so moving one costs a store instead of a timer operation.
// One thread. Precision: `period` late at most.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"

namespace edgemesh::net {

class ticker {
 public:
  /// Something that wants ticks; registers on construction, leaves on destruction.
  class client {
   public:
    explicit client(ticker& t);
    virtual ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    virtual void tick(instant now) = 0;

   private:
    friend class ticker;
    ticker& ticker_;
    client* previous_ = nullptr;
    client* next_ = nullptr;
  };

  explicit ticker(boost::asio::io_context& io, milliseconds period = milliseconds(100)) : timer_(io), period_(period) {}
  ~ticker();
  std::size_t size() const noexcept { return size_; }

 private:
  void arm();
  void sweep();
  boost::asio::steady_timer timer_;
  milliseconds period_;
  client* first_ = nullptr;
  client* cursor_ = nullptr;  // next one of a running sweep: a tick may destroy any client
  std::size_t size_ = 0;
  bool armed_ = false;
};

}  // namespace edgemesh::net
