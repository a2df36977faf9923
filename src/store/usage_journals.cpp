#include "store/usage_journals.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "proto/big_endian.hpp"
#include "proto/usage_codec.hpp"
#include "store/rocks_words.hpp"

namespace edgemesh::store {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view place_prefix = "usage.journal.";
constexpr std::size_t prepared_ahead = std::size_t{256} << 10;  // far more than comes between two looks

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

std::vector<usage_record> left_in(std::span<const char> memory, place_in place) {
  std::vector<usage_record> out;
  usage_journal::recover(memory, place.name, place.position, [&](std::string_view bytes) {
    if (auto record = proto::read_usage(bytes)) out.push_back(std::move(*record));
  });
  return out;
}

}  // namespace

result<usage_journals> usage_journals::open(const fs::path& store_folder, std::size_t count, store& in, usage_book& book, const fresh_name& name) {
  const auto known = load_places(in);
  if (!known) return known.error();
  const fs::path folder = store_folder / folder_name;
  std::error_code failure;
  fs::create_directory(folder, failure);
  if (failure) return words_for(failure, store_folder);
  usage_journals out;
  const std::size_t had = known->empty() ? 0 : known->rbegin()->first + 1;
  for (std::size_t number = 0; number < std::max(count, had); ++number) {
    auto made = std::make_unique<journal>();
    made->file = platform::open_mapped_file(file_of(folder, number), journal_size, failure);
    if (!made->file) return words_for(failure, store_folder);
    const auto place = known->find(number);
    auto records = place == known->end() ? std::vector<usage_record>() : left_in(made->file->bytes(), place->second);
    out.recovered_ += records.size();
    made->ring = std::make_unique<usage_journal>(made->file->bytes(), name());
    const bool goes_on = number < count;
    const change place_now{family::node, place_key(number), goes_on ? std::optional(write_place({made->ring->name(), 0})) : std::nullopt};
    if (auto written = book.append(records, {&place_now, 1}); !written) return written.error();
    if (goes_on) out.journals_.push_back(std::move(made));
  }
  if (auto synced = in.sync(); !synced) return synced.error();
  for (std::size_t number = count; number < had; ++number) fs::remove(file_of(folder, number), failure);
  return out;
}

usage_journals usage_journals::in_memory(std::size_t count, std::size_t size) {
  usage_journals out;
  for (std::size_t number = 0; number < count; ++number) {
    auto made = std::make_unique<journal>();
    made->memory.resize(size);
    made->ring = std::make_unique<usage_journal>(made->memory, number + 1);
    out.journals_.push_back(std::move(made));
  }
  return out;
}

change usage_journals::place(std::size_t number, std::uint64_t position) const {
  return {family::node, place_key(number), write_place({journals_[number]->ring->name(), position})};
}

bool usage_journals::prepare(std::size_t number) noexcept {
  auto& j = *journals_[number];
  if (!j.file) return true;
  const std::size_t size = j.file->bytes().size(), at = j.ring->end() % size, until = at + prepared_ahead;
  return j.file->prepare(at, std::min(until, size) - at) && (until <= size || j.file->prepare(0, until - size));
}

}  // namespace edgemesh::store
