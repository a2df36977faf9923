#include "json/splice.hpp"

#include <algorithm>

#include "json/writer.hpp"

namespace edgemesh::json {
namespace {

bool is_gone(const member& m, const std::vector<member>& gone) noexcept {
  return std::any_of(gone.begin(), gone.end(), [&](const member& g) { return g.span.data() == m.span.data(); });
}

}  // namespace

splice::object_edit& splice::edits_of(value object) {
  for (auto& e : objects_)
    if (e.object.raw().data() == object.raw().data()) return e;
  return objects_.emplace_back(object_edit{object, {}, {}});
}

void splice::replace(value v, std::string raw) {
  edits_.push_back({static_cast<std::size_t>(v.raw().data() - document_.data()), v.raw().size(), std::move(raw)});
}

void splice::remove(value object, const std::vector<member>& gone) {
  if (gone.empty()) return;
  auto& all = edits_of(object).gone;
  all.insert(all.end(), gone.begin(), gone.end());
}

void splice::append(value object, std::string_view key, std::string_view raw) {
  std::string& text = edits_of(object).appended;
  if (!text.empty()) text += ',';
  append_quoted(text, key);
  text += ':';
  text += raw;
}

/// Cuts runs of members. A run behind a kept member takes the comma before it along, a run at the front the comma
/// behind it; appended text goes behind the last kept member, in the same edit as the cut of a last run.
void splice::add_edits(const object_edit& change, std::vector<edit>& out) const {
  const auto offset = [this](const char* p) { return static_cast<std::size_t>(p - document_.data()); };
  std::size_t kept_end = 0, run_start = 0, run_end = 0;
  bool kept = false, in_run = false;
  for (const member& m : change.object.members()) {
    const std::size_t start = offset(m.span.data()), end = start + m.span.size();
    if (is_gone(m, change.gone)) {
      if (!in_run) run_start = kept ? kept_end : start;
      in_run = true;
      run_end = end;
      continue;
    }
    if (in_run) out.push_back({run_start, (kept ? run_end : start) - run_start, {}});
    in_run = false;
    kept = true;
    kept_end = end;
  }
  const std::size_t inside = offset(change.object.raw().data()) + 1;
  const std::size_t at = in_run ? run_start : kept ? kept_end : inside;
  std::string text = kept && !change.appended.empty() ? "," + change.appended : change.appended;
  out.push_back({at, in_run ? run_end - run_start : 0, std::move(text)});
}

std::string splice::apply() const {
  std::vector<edit> all = edits_;
  for (const auto& change : objects_) add_edits(change, all);
  // An edit inside a stretch that another one takes away comes behind it and is dropped below.
  std::sort(all.begin(), all.end(), [](const edit& a, const edit& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.length > b.length;
  });
  std::size_t bytes = document_.size();
  for (const edit& e : all) bytes += e.text.size();
  std::string out;
  out.reserve(bytes);
  std::size_t from = 0;
  for (const edit& e : all) {
    if (e.offset < from) continue;
    out.append(document_, from, e.offset - from);
    out += e.text;
    from = e.offset + e.length;
  }
  out.append(document_, from);
  return out;
}

}  // namespace edgemesh::json
