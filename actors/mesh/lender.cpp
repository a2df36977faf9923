#include "actors/mesh/lender.hpp"

#include <set>

#include "base/log.hpp"
#include "platform/keep_alive.hpp"

namespace edgemesh::actors {

lender::lender(lender_deps deps, net::lending_options options)
    : deps_(std::move(deps)), plan_(deps_.seed, options), due_(deps_.control.io()) {}

void lender::lend_to(std::map<node_key, std::string> borrowers) {
  if (is_over_ || borrowers == borrowers_) return;
  std::set<node_key> keys;
  for (const auto& [key, _] : borrowers) keys.insert(key);
  std::erase_if(problems_, [&](const auto& p) { return !keys.contains(p.first); });
  borrowers_ = std::move(borrowers);
  plan_.lend_to(keys);
  work();
}

void lender::use(std::shared_ptr<const net::mesh_tls> tls) {
  deps_.tls = std::move(tls);
  plan_.renew();
  work();
}

void lender::work() {
  if (is_over_) return;
  for (const auto& o : plan_.due(steady_clock::now())) dial(o);
  auto now_lent = plan_.lent_to();
  if (now_lent != told_) {
    told_ = std::move(now_lent);
    deps_.lent_changed();
  }
  arm();
}

void lender::dial(const net::lending::order& o) {
  const auto at = parse_host_port(borrowers_.at(o.to));
  if (!at) return plan_.failed(o.loan, steady_clock::now());
  net::mesh_dial_options options;
  options.asker = "lend " + std::to_string(o.loan % 8);
  const auto dial = dials_[o.loan] = std::make_shared<net::mesh_dial>(deps_.control.io(), deps_.resolver, deps_.tls, options);
  dial->start({*at, o.to}, [this, o](result<net::mesh_connection> c) { done(o, std::move(c)); });
}

void lender::done(const net::lending::order& o, result<net::mesh_connection> c) {
  dials_.erase(o.loan);
  const auto now = steady_clock::now();
  if (!c) {
    if (auto& known = problems_[o.to]; known != c.error().message) {
      known = c.error().message;
      log::info("not_lent", {{"peer", o.to.brief()}, {"reason", known}});
    }
    plan_.failed(o.loan, now);
    return work();
  }
  problems_.erase(o.to);
  platform::keep_alive(c->socket.native_handle(), {.idle_seconds = 20, .interval_seconds = 5, .probes = 2, .unanswered_ms_max = 8000});
  plan_.opened(o.loan, now);
  deps_.serve(std::move(*c), [this, loan = o.loan, &control = deps_.control](http::lent_event what) {
    control.post([this, loan, what] { hear(loan, what); });
  });
  work();
}

void lender::hear(std::uint64_t loan, http::lent_event what) {
  switch (what) {
    case http::lent_event::taken: plan_.taken(loan); break;
    case http::lent_event::idle: plan_.idle(loan); break;
    case http::lent_event::ended: plan_.closed(loan, steady_clock::now()); break;
  }
  work();
}

void lender::arm() {
  const auto now = steady_clock::now();
  const auto next = plan_.next(now);
  if (next == instant::max()) return void(due_.cancel());
  due_.expires_at(next);
  due_.async_wait([this](boost::system::error_code ec) {
    if (!ec) work();
  });
}

void lender::stop() {
  is_over_ = true;
  due_.cancel();
  for (const auto& [_, d] : std::exchange(dials_, {})) d->cancel();
}

}  // namespace edgemesh::actors
