#include "actors/reloader.hpp"

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
    : current_(std::move(now)), from_(std::move(from)), apply_(std::move(apply)), timer_(io), seen_(look()) {}

result<settings::change> reloader::reload() {
  seen_ = look();
  if (at_reload_) at_reload_();
  auto next = settings::load(from_);
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
  if (const auto now = look(); now && now != seen_) (void)reload();
  watch();
}

void reloader::stop() { timer_.cancel(); }

}  // namespace edgemesh::actors
