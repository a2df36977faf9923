#include "mock/request_log.hpp"

#include <utility>

namespace edgemesh::mock {

std::string_view name_of(request_state state) noexcept {
  switch (state) {
    case request_state::running:
      return "running";
    case request_state::done:
      return "done";
    case request_state::client_left:
      return "client_left";
    case request_state::faulted:
      return "faulted";
  }
  return "?";
}

std::shared_ptr<request_entry> request_log::add(request_entry entry) {
  entry.id = ++last_id_;
  if (entry.body.size() > body_max) {
    entry.body.resize(body_max);
    entry.body.shrink_to_fit();
  }
  if (entries_.size() == size_max) entries_.pop_front();
  return entries_.emplace_back(std::make_shared<request_entry>(std::move(entry)));
}

std::vector<request_entry> request_log::list() const {
  std::vector<request_entry> out;
  out.reserve(entries_.size());
  for (const auto& entry : entries_) out.push_back(*entry);
  return out;
}

}  // namespace edgemesh::mock
