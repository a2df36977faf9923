// The part of a session that asks who is there.
#include "http/bearer.hpp"
#include "http/session.hpp"

namespace edgemesh::http {

namespace {

bool needs_a_key(api_page page) noexcept { return page == api_page::inference || page == api_page::models || page == api_page::model; }

}  // namespace

/// One way in for all routes. Everything is decided from memory.
std::optional<openai::api_error> session::authenticate() {
  const auto ring = shard_.ports.keys();
  if (!ring || !needs_a_key(context_.route.page)) return std::nullopt;
  const auto refuse = [&](openai::api_error e) {
    shard_.ports.turned_away({}, context_.record.route, e.code.value_or(""));
    return e;
  };
  const auto token = bearer_of(head_);
  if (!token) return refuse(token.error());
  auto key = known_key_.authenticate(ring, *token, std::chrono::system_clock::now());
  if (!key) return refuse(key.error());
  if (context_.route.page == api_page::inference && !shard_.ports.keeps_accounts())
    return openai::unavailable("this node cannot keep its account of requests now", "usage_not_recorded", seconds(5));
  context_.record.key = link_->view.key = (*key)->id;
  context_.asker.emplace(std::move(*key));
  return std::nullopt;
}

}  // namespace edgemesh::http
