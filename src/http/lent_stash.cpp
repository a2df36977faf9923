#include "http/lent_stash.hpp"

#include <algorithm>

namespace edgemesh::http {

namespace {

using tcp = boost::asio::ip::tcp;
using boost::system::error_code;

constexpr milliseconds tick{100};  // precision of the deadlines
constexpr std::string_view question = "HEAD /healthz HTTP/1.1\r\nHost: lender\r\n\r\n";
constexpr std::size_t answer_bytes_max = 4096;

}  // namespace

struct lent_stash::resting {
  explicit resting(net::mesh_connection c) : connection(std::move(c)) {}
  net::mesh_connection connection;
  node_key lender;
  instant used{}, heard{};
  std::optional<instant> asked;  // and not answered yet
  std::string answer;
  bool is_gone = false;
};

lent_stash::lent_stash(boost::asio::io_context& io, std::function<void()> lenders_changed, lent_stash_options options)
    : tick_(io), lenders_changed_(std::move(lenders_changed)), options_(options) {}

lent_stash::lender& lent_stash::entry_of(const node_key& key) {
  const auto [at, is_new] = lenders_.try_emplace(key);
  if (is_new) lenders_changed_();
  return at->second;
}

const node_key& lent_stash::called_now(const node_key& key) const noexcept {
  const auto at = followed_by_.find(key);
  return at == followed_by_.end() ? key : at->second;
}

std::size_t lent_stash::idle(const node_key& lender) const noexcept {
  const auto at = lenders_.find(called_now(lender));
  return at == lenders_.end() ? 0 : at->second.idle.size();
}

void lent_stash::put(net::mesh_connection connection) {
  if (is_over_ || !connection.peer || !connection.socket.is_open()) return;
  if (connection.shown && lenders_.contains(*connection.shown)) connection.peer = std::exchange(connection.shown, std::nullopt);
  const auto key = *connection.peer;
  const bool is_fresh = connection.ticket == nullptr;
  const auto known = lenders_.find(key);
  const bool is_ours = known != lenders_.end() && connection.ticket == known->second.tickets;
  if (!is_fresh && !is_ours) return void(++counts_.refused);  // of a node that was thrown out meanwhile
  auto& from = entry_of(key);
  if (from.idle.size() >= options_.idle_per_lender_max || idle_ >= options_.idle_max) return void(++counts_.refused);
  if (is_fresh) {
    ++counts_.lent;
    platform::keep_alive(connection.socket.native_handle(), options_.tcp);
  }
  connection.ticket.reset();
  auto r = std::make_shared<resting>(std::move(connection));
  r->lender = key;
  r->used = r->heard = steady_clock::now();
  from.idle.push_back(r);
  from.absent_since = instant::max();
  ++idle_;
  wait(r);
  serve_queue(from);
  arm();
}

void lent_stash::borrow(const node_key& lender, milliseconds patience, taker take) {
  const auto at = lenders_.find(called_now(lender));
  if (is_over_ || at == lenders_.end() || at->second.queue.size() >= options_.waiting_per_lender_max) {
    ++counts_.waited_in_vain;
    return take(std::nullopt);
  }
  auto& from = at->second;
  if (from.queue.empty() && usable(from)) return hand_out(from, std::move(take));
  from.queue.push_back({steady_clock::now() + patience, std::move(take)});
  arm();
}

/// The one that was used last: those in front rest until they are closed.
lent_stash::resting_ref lent_stash::usable(lender& from) {
  for (auto at = from.idle.rbegin(); at != from.idle.rend(); ++at)
    if (!(*at)->asked) return *at;
  return nullptr;
}

void lent_stash::hand_out(lender& from, taker take) {
  const auto r = usable(from);
  from.idle.remove(r);
  --idle_;
  r->is_gone = true;
  error_code ignored;
  r->connection.socket.cancel(ignored);
  r->connection.ticket = from.tickets;
  ++counts_.used;
  take(std::move(r->connection));
}

void lent_stash::serve_queue(lender& from) {
  while (!from.queue.empty() && usable(from)) {
    auto first = std::move(from.queue.front());
    from.queue.pop_front();
    hand_out(from, std::move(first.take));
  }
}

void lent_stash::wait(const resting_ref& r) {
  r->connection.socket.async_wait(tcp::socket::wait_read, [this, r](const error_code&) {
    if (!r->is_gone) on_readable(r);  // an error shows itself in the read
  });
}

void lent_stash::on_readable(const resting_ref& r) {
  const bool was_asked = r->asked.has_value();
  if (!hear(*r)) return drop(r);
  wait(r);
  if (was_asked && !r->asked) serve_queue(lenders_.at(r->lender));
}

/// False: it ended, or says what it was not asked.
bool lent_stash::hear(resting& r) {
  char bytes[1024];
  net::socket_tls::state state{};
  do {
    const auto n = r.connection.tls->read(bytes, sizeof bytes, state);
    r.answer.append(bytes, n);
    if (state == net::socket_tls::state::ended || (n > 0 && !r.asked) || r.answer.size() > answer_bytes_max) return false;
  } while (state == net::socket_tls::state::done);
  const auto end = r.answer.find("\r\n\r\n");
  if (end == std::string::npos) return true;
  const bool is_well = r.answer.starts_with("HTTP/1.1 200 ") && end + 4 == r.answer.size() && r.answer.find("close\r\n") == std::string::npos;
  r.answer.clear();
  r.asked.reset();
  r.heard = steady_clock::now();
  return is_well;
}

void lent_stash::ask(const resting_ref& r, instant now) {
  net::socket_tls::state state{};
  r->asked = now;
  if (r->connection.tls->write(question, state) != question.size()) drop(r);  // nothing of it waited: it takes no bytes any more
}

void lent_stash::drop(const resting_ref& r) {
  if (std::exchange(r->is_gone, true)) return;
  error_code ignored;
  r->connection.socket.close(ignored);
  --idle_;
  if (const auto at = lenders_.find(r->lender); at != lenders_.end()) at->second.idle.remove(r);
}

void lent_stash::keep_only(const std::vector<node_key>& members) {
  bool has_changed = false;
  std::erase_if(followed_by_, [&](const auto& f) { return std::find(members.begin(), members.end(), f.second) == members.end(); });
  for (auto at = lenders_.begin(); at != lenders_.end();) {
    if (std::find(members.begin(), members.end(), at->first) != members.end()) {
      ++at;
      continue;
    }
    auto gone = std::move(at->second);
    at = lenders_.erase(at);
    for (const auto& r : std::list<resting_ref>(gone.idle)) drop(r);
    for (auto& w : gone.queue) w.take(std::nullopt);
    has_changed = true;
  }
  if (has_changed) lenders_changed_();
}

void lent_stash::follow(const node_key& former, const node_key& next) {
  if (!lenders_.contains(former) || lenders_.contains(next)) return;
  for (const auto& r : std::list<resting_ref>(lenders_.at(former).idle))
    if (r->connection.shown != next) drop(r);
  auto node = lenders_.extract(former);
  node.key() = next;
  const auto at = lenders_.insert(std::move(node)).position;
  for (const auto& r : at->second.idle) {
    r->lender = next;
    r->connection.peer = std::exchange(r->connection.shown, std::nullopt);
  }
  std::erase_if(followed_by_, [&](const auto& f) { return f.second == former; });
  followed_by_[former] = next;
  arm();
}

void lent_stash::renew() {
  for (auto& [_, l] : lenders_) {
    l.tickets = std::make_shared<const int>(0);
    for (const auto& r : std::list<resting_ref>(l.idle)) drop(r);
  }
  arm();
}

void lent_stash::stop() {
  is_over_ = true;
  lenders_changed_ = [] {};
  keep_only({});
  tick_.cancel();
}

void lent_stash::arm() {
  if (is_ticking_ || is_over_ || lenders_.empty()) return;
  is_ticking_ = true;
  tick_.expires_after(tick);
  tick_.async_wait([this](const error_code& ec) {
    is_ticking_ = false;
    if (!ec && !is_over_) on_tick();
  });
}

void lent_stash::on_tick() {
  const auto now = steady_clock::now();
  std::vector<node_key> absent;
  for (auto& [key, l] : lenders_) {
    look_at(l, now);
    if (l.absent_since != instant::max() && now - l.absent_since >= options_.absence_max && l.queue.empty()) absent.push_back(key);
  }
  for (const auto& key : absent) lenders_.erase(key);
  if (!absent.empty()) lenders_changed_();
  arm();
}

void lent_stash::look_at(lender& l, instant now) {
  while (!l.queue.empty() && l.queue.front().until <= now) {  // all have much the same patience
    auto first = std::move(l.queue.front());
    l.queue.pop_front();
    ++counts_.waited_in_vain;
    first.take(std::nullopt);
  }
  for (const auto& r : std::list<resting_ref>(l.idle)) {
    if (r->is_gone) continue;
    if (r->asked && now - *r->asked >= options_.answer_max) {
      ++counts_.silent;
      drop(r);
    } else if (!r->asked && l.idle.size() > options_.kept && now - r->used >= options_.unused_max) {
      drop(r);
    } else if (!r->asked && now - r->heard >= options_.asked_every) {
      ask(r, now);
    }
  }
  const bool is_absent = l.idle.empty() && l.tickets.use_count() == 1;
  if (!is_absent) l.absent_since = instant::max();
  else if (l.absent_since == instant::max()) l.absent_since = now;
}

}  // namespace edgemesh::http
