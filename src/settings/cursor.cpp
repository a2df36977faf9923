#include "settings/cursor.hpp"

namespace edgemesh::settings {

cursor cursor::operator[](std::string_view key) const {
  const tree_member* m = node_ ? node_->find(key) : nullptr;
  return {m ? &m->value : nullptr, key_.empty() ? std::string(key) : key_ + "." + std::string(key), file_};
}

std::vector<cursor> cursor::items() const {
  std::vector<cursor> out;
  if (!node_) return out;
  for (std::size_t i = 0; i < node_->items.size(); ++i)
    out.emplace_back(&node_->items[i], key_ + "[" + std::to_string(i) + "]", file_);
  return out;
}

std::vector<std::pair<std::string, cursor>> cursor::members() const {
  std::vector<std::pair<std::string, cursor>> out;
  if (!node_) return out;
  for (const auto& m : node_->members) out.emplace_back(m.key, cursor(&m.value, key_ + "." + m.key, file_));
  return out;
}

std::optional<std::string> cursor::text() const {
  if (!node_ || node_->kind != tree_node::shape::scalar) return std::nullopt;
  return node_->text;
}

std::optional<int> cursor::integer() const {
  const auto v = via(parse_integer);
  if (!v || *v < INT32_MIN || *v > INT32_MAX) return std::nullopt;
  return static_cast<int>(*v);
}

std::optional<milliseconds> cursor::duration() const {
  const auto d = via(parse_duration);
  if (!d) return std::nullopt;
  return std::chrono::ceil<milliseconds>(*d);
}

std::optional<host_port> cursor::address() const {
  const auto t = text();
  if (!t) return std::nullopt;
  auto parsed = parse_host_port(*t);
  if (!parsed) return std::nullopt;
  return std::move(*parsed);
}

std::vector<std::string> cursor::texts() const {
  std::vector<std::string> out;
  for (const auto& item : items())
    if (auto t = item.text()) out.push_back(std::move(*t));
  return out;
}

}  // namespace edgemesh::settings
