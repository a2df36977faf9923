#include "store/usage_journals.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>

#include "proto/big_endian.hpp"
#include "proto/usage_codec.hpp"
#include "store/rocks_words.hpp"

namespace edgemesh::store {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view place_prefix = "usage.journal.";
constexpr std::size_t prepared_least = std::size_t{64} << 10;

struct place_in { std::uint64_t name = 0, position = 0; };

std::string place_key(std::size_t number) { return std::string(place_prefix) + std::to_string(number); }
fs::path file_of(const fs::path& folder, std::size_t number) { return folder / ("usage-" + std::to_string(number)); }

std::string write_place(place_in place) {
  std::string out;
  proto::append_big_endian(out, place.name);
  proto::append_big_endian(out, place.position);
  return out;
}

/// What the store knows of journals, by number.
result<std::map<std::size_t, place_in>> load_places(const store& from) {
  std::map<std::size_t, place_in> out;
  bool is_damaged = false;
  const auto scanned = from.scan(family::node, place_prefix, [&](std::string_view key, std::string_view value) {
    std::size_t number = 0;
    const auto digits = key.substr(place_prefix.size());
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    is_damaged = fault != std::errc() || end != digits.data() + digits.size() || value.size() != 16;
    if (!is_damaged) out[number] = {proto::big_endian_at<std::uint64_t>(value, 0), proto::big_endian_at<std::uint64_t>(value, 8)};
    return !is_damaged;
  });
  if (!scanned) return scanned.error();
  if (is_damaged) return error{"the store's place in a journal of usage is damaged"};
  return out;
}

/// Empty where there is no such file.
std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Read as the file was found: one that has another size now still has what was written into it.
std::vector<usage_record> left_in(const fs::path& path, place_in place, usage_journals::legacy& found) {
  std::vector<usage_record> out;
  auto bytes = bytes_of(path);
  bytes.resize(bytes.size() / 8 * 8);
  found.missing += bytes.empty();
  usage_journal::recover(bytes, place.name, place.position, [&](std::string_view frame) {
    if (auto record = proto::read_usage(frame)) out.push_back(std::move(*record));
    else ++found.damaged;
  });
  found.records += out.size();
  return out;
}

error words_for_file(const std::error_code& failure, const fs::path& folder) {
  if (failure.value() == ENODEV || failure.value() == EINVAL)
    return error{"the file system of " + folder.string() + " cannot map files into memory, which keys and usage need: choose another data_dir"};
  return words_for(failure, folder);
}

}  // namespace

result<usage_journals> usage_journals::open(const fs::path& store_folder, std::size_t count, store& in, usage_book& book, const fresh_name& name) {
  const auto known = load_places(in);
  if (!known) return known.error();
  const fs::path folder = store_folder / folder_name;
  std::error_code failure;
  fs::create_directory(folder, failure);
  if (failure) return words_for(failure, folder);
  usage_journals out;
  const auto take = [&](std::size_t number, std::optional<place_in> from_now_on) -> result<void> {
    const auto place = known->find(number);
    auto records = place == known->end() ? std::vector<usage_record>() : left_in(file_of(folder, number), place->second, out.found_);
    const change place_now{family::node, place_key(number), from_now_on ? std::optional(write_place(*from_now_on)) : std::nullopt};
    return book.append(records, {&place_now, 1});
  };
  for (std::size_t number = 0; number < count; ++number) {
    const auto fresh = name();
    if (auto taken = take(number, place_in{fresh, 0}); !taken) return taken.error();
    journal made;
    made.file = platform::open_mapped_file(file_of(folder, number), journal_size, failure);
    if (!made.file) return words_for_file(failure, store_folder);
    made.ring = std::make_unique<usage_journal>(*made.file, fresh);
    out.journals_.push_back(std::move(made));
  }
  for (const auto& [number, _] : *known)
    if (number >= count)
      if (auto taken = take(number, std::nullopt); !taken) return taken.error();
  if (auto synced = in.sync(); !synced) return synced.error();
  for (const auto& [number, _] : *known)
    if (number >= count) fs::remove(file_of(folder, number), failure);
  return out;
}

usage_journals usage_journals::over(std::vector<std::unique_ptr<platform::mapped_file>> files) {
  usage_journals out;
  for (auto& file : files) {
    auto ring = std::make_unique<usage_journal>(*file, out.journals_.size() + 1);
    out.journals_.push_back({std::move(file), std::move(ring)});
  }
  return out;
}

change usage_journals::place(std::size_t number, std::uint64_t position) const {
  return {family::node, place_key(number), write_place({journals_[number].ring->name(), position})};
}

/// As far ahead as twice what came since the last call.
bool usage_journals::prepare(std::size_t number) noexcept {
  auto& j = journals_[number];
  if (j.file->is_broken() && !j.file->mend()) return false;
  const std::uint64_t end = j.ring->end();
  if (end == j.prepared_at) return true;
  const std::size_t size = j.file->bytes().size(), at = end % size;
  const std::size_t ahead = std::min<std::size_t>(std::max<std::uint64_t>(prepared_least, 2 * (end - std::min(end, j.prepared_at))), size);
  const std::size_t until = at + ahead;
  if (!j.file->prepare(at, std::min(until, size) - at) || (until > size && !j.file->prepare(0, until - size))) return false;
  j.prepared_at = end;
  return true;
}

std::uint64_t usage_journals::waiting() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& j : journals_) sum += j.ring->waiting();
  return sum;
}

bool usage_journals::is_any_crowded() const noexcept {
  return std::any_of(journals_.begin(), journals_.end(), [](const journal& j) { return j.ring->is_crowded(); });
}

result<void> forget_journals(store& in) {
  const auto known = load_places(in);
  if (!known) return known.error();
  std::vector<change> gone;
  for (const auto& [number, _] : *known) gone.push_back({family::node, place_key(number), std::nullopt});
  return gone.empty() ? result<void>() : in.write(gone, durability::synced);
}

}  // namespace edgemesh::store
