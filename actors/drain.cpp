#include "actors/drain.hpp"

#include <numeric>
#include <utility>

#include "base/log.hpp"

namespace edgemesh::actors {

void drain::begin(milliseconds patience) {
  shared_.is_draining = true;
  log::info("draining", {{"patience_ms", patience.count()}});
  deadline_ = steady_clock::now() + patience;
  notice_end_ = steady_clock::now() + notice;
  shards_.tell_all([](shard& s) { s.drain_sessions(); });
  wait_for_requests();
}

void drain::wait_for_requests() {
  shards_.ask_all(io_, [](shard& s) { return s.busy_sessions(); }, [this](const std::vector<int>& busy) {
    const int all = std::accumulate(busy.begin(), busy.end(), 0);
    const auto now = steady_clock::now();
    if (now >= deadline_) return end_sessions(all);
    if (all == 0) return let_idle_go();
    if (now >= notice_end_) stop_accepting();
    again(&drain::wait_for_requests);
  });
}

void drain::stop_accepting() {
  if (std::exchange(is_accepting_, false)) shards_.tell_all([](shard& s) { s.stop_accepting(); });
}

/// A request may have begun since they were counted, on a connection of a client or of a node that has not heard yet: it is answered, and
/// only who has nothing to do is sent away.
void drain::let_idle_go() {
  stop_accepting();
  shards_.tell_all([](shard& s) { s.end_idle_sessions(); });
  shards_.ask_all(io_, [](shard& s) { return s.session_count(); }, [this](const std::vector<std::size_t>& open) {
    const auto all = std::accumulate(open.begin(), open.end(), std::size_t{0});
    if (all == 0) return done_();
    if (steady_clock::now() >= deadline_) return end_sessions(static_cast<int>(all));
    again(&drain::let_idle_go);
  });
}

void drain::end_sessions(int busy) {
  if (busy > 0) log::warn("drain_timeout", {{"cancelled", busy}});
  deadline_ = steady_clock::now() + goodbye;
  shards_.tell_all([](shard& s) {
    s.stop_accepting();
    s.end_sessions();
  });
  wait_for_sessions();
}

void drain::wait_for_sessions() {
  shards_.ask_all(io_, [](shard& s) { return s.session_count(); }, [this](const std::vector<std::size_t>& open) {
    const auto all = std::accumulate(open.begin(), open.end(), std::size_t{0});
    if (all == 0 || steady_clock::now() >= deadline_) return done_();
    again(&drain::wait_for_sessions);
  });
}

void drain::again(void (drain::*step)()) {
  timer_.expires_after(interval);
  timer_.async_wait([this, step](boost::system::error_code ec) {
    if (!ec) (this->*step)();
  });
}

}  // namespace edgemesh::actors
