#include "actors/mesh/question_text.hpp"

#include <algorithm>
#include <iterator>

#include "json/validate.hpp"
#include "json/value.hpp"
#include "json/writer.hpp"

namespace edgemesh::actors {

namespace {

using kind = http::admin_question::kind;

struct word {
  kind what;
  std::string_view text;
};
constexpr word words[] = {{kind::sessions, "sessions"},           {kind::session_cancel, "session_cancel"},
                          {kind::requests, "requests"},           {kind::request, "request"},
                          {kind::backend_drain, "backend_drain"}, {kind::backend_enable, "backend_enable"},
                          {kind::backend_probe, "backend_probe"}};

const word* find(kind what) noexcept {
  const auto* at = std::find_if(std::begin(words), std::end(words), [&](const word& w) { return w.what == what; });
  return at == std::end(words) ? nullptr : at;
}

bool is_plain(std::string_view text, std::size_t max) {
  return text.size() <= max && std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

bool is_askable(kind what) noexcept { return find(what) != nullptr; }

std::string write_question(const http::admin_question& q) {
  std::string out;
  json::writer(out).begin_object().member("what", find(q.what)->text).member("subject", q.subject).member("query", q.query).end_object();
  return out;
}

result<http::admin_question> read_question(std::string_view body) {
  if (json::validate(body)) return error{"expected a JSON object"};
  const auto v = json::value::first_in(body);
  if (v.type() != json::kind::object) return error{"expected a JSON object"};
  for (const auto& m : v.members())
    if (!m.key.equals("what") && !m.key.equals("subject") && !m.key.equals("query")) return error{"expected what, subject and query alone"};
  const auto* at = std::find_if(std::begin(words), std::end(words), [&](const word& w) { return v["what"].equals(w.text); });
  if (at == std::end(words)) return error{"nodes are not asked this"};
  http::admin_question q;
  q.what = at->what;
  q.subject = v["subject"].text_or("");
  q.query = v["query"].text_or("");
  if (!is_plain(q.subject, question_subject_max) || !is_plain(q.query, question_query_max)) return error{"subject or query is out of bounds"};
  return q;
}

}  // namespace edgemesh::actors
