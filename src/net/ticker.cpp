#include "net/ticker.hpp"

namespace edgemesh::net {

ticker::client::client(ticker& t) : ticker_(t), next_(t.first_) {
  if (next_) next_->previous_ = this;
  t.first_ = this;
  ++t.size_;
  if (!t.armed_) t.arm();
}

ticker::client::~client() {
  if (ticker_.cursor_ == this) ticker_.cursor_ = next_;
  (previous_ ? previous_->next_ : ticker_.first_) = next_;
  if (next_) next_->previous_ = previous_;
  --ticker_.size_;
}

ticker::~ticker() { timer_.cancel(); }

void ticker::arm() {
  armed_ = true;
  timer_.expires_after(period_);
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (ec) return;
    armed_ = false;
    sweep();
    if (size_ > 0 && !armed_) arm();
  });
}

void ticker::sweep() {
  const instant now = steady_clock::now();
  for (cursor_ = first_; cursor_ != nullptr;) {
    client* due = cursor_;
    cursor_ = due->next_;
    due->tick(now);
  }
}

}  // namespace edgemesh::net
