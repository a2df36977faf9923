#include "actors/reloader.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <system_error>

#include "base/log.hpp"

namespace edgemesh::actors {

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& n : names) out += (out.empty() ? "" : ",") + n;
  return out;
}

}  // namespace

reloader::reloader(boost::asio::io_context& io, settings::node_settings now, settings::source from, apply_function apply)
    : current_(std::move(now)), from_(std::move(from)), apply_(std::move(apply)), io_(io), timer_(io), seen_(look()) {}

void reloader::reload(done_function done) {
  if (is_stopped_) return;
  if (at_reload_) at_reload_();
  answered_by_next_.push_back(std::move(done));
  if (!is_reading_) read();
}

void reloader::read() {
  is_reading_ = true;
  seen_ = look();
  answered_by_this_ = std::exchange(answered_by_next_, {});
  try {
    reader_ = std::jthread([this, from = from_, busy = boost::asio::make_work_guard(io_)](std::stop_token stop) {
      boost::asio::post(io_, [this, next = settings::load(from, std::move(stop))]() mutable { finished(std::move(next)); });
    });
  } catch (const std::system_error&) {
    boost::asio::post(io_, [this] { finished(error{"no thread left to read the settings"}); });
  }
}

void reloader::finished(result<settings::node_settings> next) {
  if (is_stopped_) return;
  is_reading_ = false;
  const auto change = take(std::move(next));
  for (const auto& done : std::exchange(answered_by_this_, {}))
    if (done) done(change);
  if (!answered_by_next_.empty() && !is_reading_) read();
}

result<settings::change> reloader::take(result<settings::node_settings> next) {
  if (!next) {
    log::error("reload_refused", {{"faults", next.error().message}});
    return next.error();
  }
  const auto change = settings::difference(current_, *next);
  log::info("reloaded", {{"changed", joined(change.changed)}, {"needs_restart", joined(change.needs_restart)}});
  if (!change.changed.empty()) {
    current_ = settings::applicable(current_, std::move(*next));
    apply_(current_, change);
  }
  return change;
}

std::optional<reloader::stamp> reloader::look() const {
  if (!from_.config_file) return std::nullopt;
  std::error_code ec;
  stamp s{std::filesystem::last_write_time(*from_.config_file, ec), 0};
  if (!ec) s.size = std::filesystem::file_size(*from_.config_file, ec);
  return ec ? std::nullopt : std::optional(s);
}

void reloader::watch() {
  if (!from_.config_file) return;
  timer_.expires_after(poll_interval);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) poll();
  });
}

void reloader::poll() {
  // A file that is away for a moment is being replaced: wait for the new one.
  if (const auto now = look(); now && now != seen_) reload();
  watch();
}

void reloader::stop() {
  is_stopped_ = true;
  timer_.cancel();
  reader_.request_stop();
}

}  // namespace edgemesh::actors
