#include "actors/mesh/key_change.hpp"

#include <boost/asio/post.hpp>
#include <caf/all.hpp>

#include "base/log.hpp"
#include "replication/record_table.hpp"

namespace edgemesh::actors {

namespace {

/// The answer, on the loop.
template <class T>
reply_slot<T> on_loop(boost::asio::io_context& io, std::function<void(std::optional<T>)> f) {
  return reply_slot<T>([&io, f = std::move(f)](std::optional<T> v) {
    boost::asio::post(io, [f, v = std::move(v)]() mutable { f(std::move(v)); });
  });
}

const error no_disk{"the disk did not keep the new key: see the log; the old one stays"};

}  // namespace

void key_change::attach(replicator_actor replicator, store_actor store) {
  replicator_ = std::move(replicator);
  store_ = std::move(store);
}

void key_change::start(done then) {
  if (is_under_way()) return then(error{"a change of this node's key is under way"});
  done_ = std::move(then);
  caf::anon_send(store_, make_next_key{deps_.file, on_loop<net::shared_identity>(deps_.io, [this](auto next) {
                                         if (!done_) return;
                                         if (!next || !*next) return finish(no_disk);
                                         announce(std::move(*next));
                                       })});
}

void key_change::announce(net::shared_identity next) {
  caf::anon_send(replicator_, announce_key{next, on_loop<bool>(deps_.io, [this, next](auto counts) {
                                             if (!done_) return;
                                             if (!counts.value_or(false)) return finish(error{"this node is no member now, and its key cannot be followed by another"});
                                             later(spread_time, [this, next] { show(next); });
                                           })});
}

void key_change::show(net::shared_identity next) {
  deps_.show(next);
  later(spread_time, [this, next] { sign(next); });
}

void key_change::sign(net::shared_identity next) {
  caf::anon_send(replicator_, sign_succession{next, on_loop<proto::sealed_record>(deps_.io, [this, next](auto record) {
                                                if (!done_) return;
                                                if (!record) return finish(error{"this node ends"});
                                                keep(next, std::move(*record));
                                              })});
}

void key_change::keep(net::shared_identity next, proto::sealed_record succession) {
  const store::stored_record stored{replication::record_table::key_of(succession), succession.raw};
  caf::anon_send(store_, settle_next_key{deps_.file, stored, on_loop<bool>(deps_.io, [this, next, succession](auto kept) {
                                           if (!done_) return;
                                           if (!kept.value_or(false)) return finish(no_disk);
                                           become(next, succession);
                                         })});
}

void key_change::become(net::shared_identity next, proto::sealed_record succession) {
  deps_.become(next);
  caf::anon_send(replicator_, follow_key{next, std::move(succession), on_loop<bool>(deps_.io, [this, next](auto counts) {
                                           if (!done_) return;
                                           if (!counts.value_or(false)) return finish(error{"this node is no member now, and its new key is none either"});
                                           finish(next->own_key());
                                         })});
}

void key_change::later(milliseconds time, std::function<void()> f) {
  timer_.expires_after(time);
  timer_.async_wait([this, f = std::move(f)](boost::system::error_code ec) {
    if (!ec && done_) f();
  });
}

void key_change::finish(result<node_key> outcome) {
  if (!outcome) log::warn("key_not_changed", {{"reason", outcome.error().message}});
  if (auto then = std::exchange(done_, nullptr)) then(std::move(outcome));
}

void key_change::stop() {
  timer_.cancel();
  done_ = nullptr;
}

}  // namespace edgemesh::actors
