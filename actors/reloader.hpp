// The settings that are in force and how they are replaced: by SIGHUP, by the admin API, by a change of the file (its time
// and size are looked at every `poll_interval`). Settings with a fault change nothing. On the control loop; what blocks (files, programs that
// print keys) is read on a thread of its own, one reading at a time, which ends with this.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "settings/change.hpp"
#include "settings/load.hpp"

namespace edgemesh::actors {

class reloader {
 public:
  using apply_function = std::function<void(const settings::node_settings&, const settings::change&)>;

  /// `apply` gets the new settings, without what needs a restart, when something changed.
  reloader(boost::asio::io_context& io, settings::node_settings now, settings::source from, apply_function apply);

  const settings::node_settings& current() const noexcept { return current_; }
  /// Reads the source again. `done` gets what changed, or an error of all faults, one per line, from a reading that began after this call; who
  /// asks while one runs shares the next. It is not called after stop().
  using done_function = std::function<void(const result<settings::change>&)>;
  void reload(done_function done = {});
  /// Called when a reload is asked for, whatever becomes of it: there are other files to look at.
  void at_reload(std::function<void()> look) { at_reload_ = std::move(look); }
  void watch();
  void stop();

 private:
  struct stamp {
    std::filesystem::file_time_type changed{};
    std::uintmax_t size = 0;
    friend bool operator==(const stamp&, const stamp&) = default;
  };
  std::optional<stamp> look() const;
  void poll();
  void read();
  void finished(result<settings::node_settings> next);
  result<settings::change> take(result<settings::node_settings> next);

  static constexpr seconds poll_interval{2};
  settings::node_settings current_;
  settings::source from_;
  apply_function apply_;
  std::function<void()> at_reload_;
  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  std::optional<stamp> seen_;
  bool is_reading_ = false, is_stopped_ = false;
  std::vector<done_function> answered_by_this_, answered_by_next_;
  std::jthread reader_;
};

}  // namespace edgemesh::actors
