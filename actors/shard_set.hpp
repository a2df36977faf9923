// All shards of a node, as the control loop sees them: tells all, asks all. The shards are made at start and stay.
#pragma once
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "actors/shard.hpp"

namespace edgemesh::actors {

class shard_set {
 public:
  shard_set(int count, node_shared& shared, std::size_t finished_max);

  std::size_t size() const noexcept { return shards_.size(); }
  shard& operator[](std::size_t i) noexcept { return *shards_[i]; }
  auto begin() noexcept { return shards_.begin(); }
  auto end() noexcept { return shards_.end(); }

  /// `f(shard&)` runs on each shard.
  template <class F>
  void tell_all(F f) {
    for (auto& s : shards_) s->post([f, &shard = *s] { f(shard); });
  }

  /// `ask(shard&)` runs on each shard; `done` gets all results, in the order of the shards, on `home`.
  template <class Ask, class Done>
  void ask_all(boost::asio::io_context& home, Ask ask, Done done) {
    using part = std::invoke_result_t<Ask, shard&>;
    struct gathering {
      std::vector<part> parts;
      std::size_t missing;
      Done done;
    };
    auto all = std::make_shared<gathering>(gathering{std::vector<part>(size()), size(), std::move(done)});
    for (std::size_t i = 0; i < size(); ++i)
      shards_[i]->post([this, i, all, ask, &home]() mutable {
        auto got = ask(*shards_[i]);
        // Moved, so that the last reference, and with it `done`, goes on `home`.
        boost::asio::post(home, [i, all = std::move(all), got = std::move(got)]() mutable {
          all->parts[i] = std::move(got);
          if (--all->missing == 0) all->done(std::move(all->parts));
        });
      });
  }

 private:
  std::vector<std::unique_ptr<shard>> shards_;
};

}  // namespace edgemesh::actors
