#include "actors/admin_answers.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <caf/all.hpp>
#include <ctime>

#include "actors/admin/backend_page.hpp"
#include "actors/admin/explain_page.hpp"
#include "actors/admin/mesh_rows.hpp"
#include "actors/admin/request_limit.hpp"
#include "actors/admin/session_page.hpp"
#include "actors/admin/status_page.hpp"
#include "http/key_access.hpp"
#include "http/model_list.hpp"
#include "http/request_log.hpp"
#include "json/writer.hpp"
#include "platform/memory.hpp"

namespace edgemesh::actors {

namespace {

using http::admin_answer;
using question_kind = http::admin_question::kind;

admin_answer of(const openai::api_error& e) { return {e.status, e.body()}; }

admin_answer not_found(std::string message) {
  return of({404, std::move(message), "invalid_request_error", {}, "not_found", {}, false});
}

/// Calls `reply` once: with the answer, or when the time is up.
std::function<void(admin_answer)> in_time(boost::asio::io_context& io, milliseconds patience, std::function<void(admin_answer)> reply) {
  struct pending {
    explicit pending(boost::asio::io_context& loop) : timer(loop) {}
    boost::asio::steady_timer timer;
    std::function<void(admin_answer)> reply;
    void finish(admin_answer a) {
      if (!reply) return;
      timer.cancel();
      std::exchange(reply, nullptr)(std::move(a));
    }
  };
  auto p = std::make_shared<pending>(io);
  p->reply = std::move(reply);
  p->timer.expires_after(patience);
  p->timer.async_wait([p, patience](boost::system::error_code ec) {
    const auto text = "the answer takes longer than " + std::to_string(std::chrono::ceil<seconds>(patience).count()) + " s; ask again";
    if (!ec) p->finish(of(openai::unavailable(text, "not_answered_yet", seconds(1))));
  });
  return [p](admin_answer a) { p->finish(std::move(a)); };
}

std::int64_t wall_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int local_minute_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return local.tm_hour * 60 + local.tm_min;
}

std::string names_json(const std::vector<std::string>& names) {
  std::string out;
  json::writer w(out);
  w.begin_array();
  for (const auto& n : names) w.string(n);
  w.end_array();
  return out;
}

}  // namespace

void admin_answers::attach(directory_actor directory, keeper_actor keeper) {
  directory_ = std::move(directory);
  keeper_ = std::move(keeper);
}

/// Some wait for more than this node's actors.
milliseconds admin_answers::patience_for(question_kind what) noexcept {
  if (what == question_kind::reload) return reload_patience;
  return what == question_kind::mesh_rotate ? rotation_patience : patience;
}

void admin_answers::ask(http::admin_question question, reply_function reply) {
  auto timed = in_time(deps_.io, patience_for(question.what), std::move(reply));
  if (is_in_mesh() && across_nodes::takes(question.what)) return across_->ask(std::move(question), std::move(timed));
  dispatch(std::move(question), std::move(timed));
}

void admin_answers::answer_here(http::admin_question question, reply_function reply) {
  dispatch(std::move(question), in_time(deps_.io, patience, std::move(reply)));
}

void admin_answers::use_mesh(mesh_admin& mesh, way_to_node way) {
  mesh_ = &mesh;
  across_.emplace(across_nodes::ports{deps_.io, mesh, std::move(way), [this](http::admin_question q, reply_function r) { dispatch(std::move(q), std::move(r)); },
                                      [this] { return table_; }, wall_ms});
}

openai::api_result<http::admin_actor> admin_answers::authorize(std::string_view token, std::optional<std::int64_t> user, key_role needed) {
  return gate_ == nullptr ? http::admin_actor{} : gate_->authorize(token, user, needed, std::chrono::system_clock::now());
}

void admin_answers::dispatch(http::admin_question q, reply_function reply) {
  if (accounts_host::takes(q.what)) {
    if (accounts_ != nullptr) return accounts_->ask(std::move(q), std::move(reply));
    return reply(of({409, "this node has no keys: set auth.mode: keys", "invalid_request_error", {}, "no_keys", {}, false}));
  }
  switch (q.what) {
    case question_kind::status: return status(std::move(reply));
    case question_kind::backends:
      return with_backends([reply = std::move(reply)](const auto& all) { reply({200, backends_page(all, steady_clock::now())}); });
    case question_kind::backend: return one_backend(ask_backend::what::inspect, q.subject, std::move(reply));
    case question_kind::backend_drain: return one_backend(ask_backend::what::drain, q.subject, std::move(reply));
    case question_kind::backend_enable: return one_backend(ask_backend::what::enable, q.subject, std::move(reply));
    case question_kind::backend_probe: return one_backend(ask_backend::what::probe, q.subject, std::move(reply));
    case question_kind::models: return reply({200, http::model_list_body(*table_)});
    case question_kind::sessions: return sessions(std::move(reply));
    case question_kind::session_cancel: return cancel_session_of(q.subject, std::move(reply));
    case question_kind::explain: return reply(explain(std::move(q)));
    case question_kind::reload: return reload(std::move(reply));
    case question_kind::requests: return requests(q.query, std::move(reply));
    case question_kind::request: return request(q.subject, std::move(reply));
    case question_kind::metrics: return metrics(std::move(reply));
    default: return about_mesh(std::move(q), std::move(reply));
  }
}

void admin_answers::about_mesh(http::admin_question q, reply_function reply) {
  const auto& node = deps_.settings.current().node.name;
  if (mesh_ == nullptr || mesh_->has_left()) {
    if (q.what == question_kind::mesh) return reply({200, no_mesh_page(node)});
    if (q.what == question_kind::peers) return reply({200, R"({"data":[]})"});
    return reply(of({409, "this node is in no mesh", "invalid_request_error", {}, "no_mesh", {}, false}));
  }
  switch (q.what) {
    case question_kind::peers: return mesh_->peers(std::move(reply));
    case question_kind::mesh: return mesh_->mesh(std::move(reply));
    case question_kind::join_tokens: return mesh_->invite(q.body, std::move(reply));
    case question_kind::evictions: return mesh_->evict(q.body, std::move(reply));
    case question_kind::mesh_leave: return mesh_->leave(std::move(reply));
    case question_kind::mesh_rotate: return mesh_->rotate(std::move(reply));
    default: return reply(of({501, "this version cannot do that yet", "invalid_request_error", {}, "not_in_this_version", {}, false}));
  }
}

void admin_answers::with_backends(std::function<void(std::vector<backend_view_ptr>)> f) {
  caf::anon_send(directory_, list_backends{reply_slot<std::vector<backend_view_ptr>>(
                                 [&io = deps_.io, f = std::move(f)](std::optional<std::vector<backend_view_ptr>> all) {
                                   boost::asio::post(io, [f, all = std::move(all)]() mutable {
                                     f(all ? std::move(*all) : std::vector<backend_view_ptr>{});
                                   });
                                 })});
}

void admin_answers::status(reply_function reply) {
  with_backends([this, reply = std::move(reply)](const std::vector<backend_view_ptr>& all) {
    node_status s;
    s.node = deps_.settings.current().node;
    s.api = listening_.api;
    s.admin = listening_.admin;
    s.metrics = listening_.metrics;
    s.is_draining = deps_.shared.is_draining;
    s.is_ready = deps_.shared.is_ready && !s.is_draining;
    s.uptime_seconds = std::chrono::duration<double>(steady_clock::now() - deps_.shared.started).count();
    s.sessions = static_cast<std::uint64_t>(std::max(0, deps_.shared.connections.load()));
    s.requests = deps_.shared.requests;
    s.shards = static_cast<int>(deps_.shards.size());
    auto page = status_page(s, all);
    if (!is_in_mesh()) return reply({200, std::move(page)});
    mesh_->look([page = std::move(page), reply](const auto& p) mutable {
      page.back() = ',';
      reply({200, page + "\"mesh\":" + mesh_page(*p) + "}"});
    });
  });
}

void admin_answers::metrics(reply_function reply) {
  with_backends([this, reply = std::move(reply)](std::vector<backend_view_ptr> all) {
    http::metric_gauges g;
    for (const auto& b : all)
      g.backends.push_back({b->name, b->cell->in_flight.load(), b->health, b->cell->breaker.load()});
    g.resident_bytes = platform::resident_memory_bytes();
    g.budget_used_bytes = deps_.shared.memory.used();
    g.budget_limit_bytes = deps_.shared.memory.limit();
    g.sessions = static_cast<std::uint64_t>(std::max(0, deps_.shared.connections.load()));
    g.uptime_seconds = std::chrono::duration<double>(steady_clock::now() - deps_.shared.started).count();
    deps_.shards.ask_all(deps_.io, [](shard& s) { return s.metrics(); },
                         [this, g = std::move(g), reply](std::vector<http::request_metrics> parts) {
                           http::request_metrics sum;
                           for (const auto& p : parts) sum.merge(p);
                           std::string text;
                           sum.render(text, g);
                           if (certificates_ != nullptr) certificates_->append_metrics(text);
                           if (accounts_ != nullptr) accounts_->append_metrics(text);
                           constexpr auto type = "text/plain; version=0.0.4; charset=utf-8";
                           if (!is_in_mesh()) return reply({200, std::move(text), type});
                           mesh_->look([this, text = std::move(text), reply](const auto& p) mutable {
                             mesh_->append_metrics(text, *p);
                             reply({200, std::move(text), type});
                           });
                         });
  });
}

void admin_answers::one_backend(ask_backend::what what, const std::string& backend, reply_function reply) {
  auto answer = [&io = deps_.io, backend, reply = std::move(reply)](std::optional<backend_view_ptr> v) {
    boost::asio::post(io, [backend, reply, v = std::move(v)] {
      reply(v ? admin_answer{200, backend_page(**v, steady_clock::now())} : not_found("there is no backend of this name"));
    });
  };
  caf::anon_send(keeper_, ask_backend{what, backend, reply_slot<backend_view_ptr>(std::move(answer))});
}

void admin_answers::sessions(reply_function reply) {
  deps_.shards.ask_all(deps_.io, [](shard& s) { return s.sessions(); },
                       [reply = std::move(reply)](std::vector<std::vector<http::session_view>> parts) {
                         std::vector<http::session_view> all;
                         for (auto& p : parts) std::move(p.begin(), p.end(), std::back_inserter(all));
                         reply({200, sessions_page(std::move(all), std::chrono::system_clock::now())});
                       });
}

void admin_answers::cancel_session_of(const std::string& id, reply_function reply) {
  deps_.shards.ask_all(deps_.io, [id](shard& s) { return int{s.cancel_session_of(id)}; },
                       [id, reply = std::move(reply)](std::vector<int> found) {
                         if (std::count(found.begin(), found.end(), 1) == 0) return reply(not_found("there is no session of this id"));
                         std::string body;
                         json::writer(body).begin_object().member("id", id).member("cancelled", true).end_object();
                         reply({200, std::move(body)});
                       });
}

void admin_answers::requests(const std::string& query, reply_function reply) {
  const auto limit = std::min(request_limit_of(query), requests_max);
  const auto newest_of = [limit](shard& s) {
    std::vector<request_record> out;
    for (const auto* r : s.finished().newest(limit)) out.push_back(*r);
    return out;
  };
  deps_.shards.ask_all(deps_.io, newest_of, [limit, reply = std::move(reply)](std::vector<std::vector<request_record>> parts) {
    std::vector<request_record> all;
    for (auto& p : parts) std::move(p.begin(), p.end(), std::back_inserter(all));
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.started > b.started; });
    if (all.size() > limit) all.resize(limit);
    std::string body = R"({"data":[)";
    for (const auto& r : all) {
      if (body.back() != '[') body += ',';
      http::append_request_json(body, r);
    }
    reply({200, std::move(body) + "]}"});
  });
}

void admin_answers::request(const std::string& id, reply_function reply) {
  const auto find = [id](shard& s) {
    const auto* r = s.finished().find(id);
    return r ? std::optional<request_record>(*r) : std::nullopt;
  };
  deps_.shards.ask_all(deps_.io, find, [reply = std::move(reply)](std::vector<std::optional<request_record>> parts) {
    const request_record* latest = nullptr;
    for (const auto& p : parts)
      if (p && (latest == nullptr || p->started > latest->started)) latest = &*p;
    reply(latest ? admin_answer{200, http::request_json(*latest)} : not_found("no finished request of this id is remembered"));
  });
}

admin_answer admin_answers::explain(http::admin_question q) {
  std::optional<http::key_access> asker;
  if (q.asker.entry) asker.emplace(q.asker.entry);
  return explain_page(*table_, {std::move(q.body), q.data_class, local_minute_of_day(), steady_clock::now(), asker ? &*asker : nullptr}, rng_);
}

void admin_answers::reload(reply_function reply) {
  deps_.settings.reload([reply = std::move(reply)](const result<settings::change>& change) {
    if (!change) return reply(of(openai::bad_request(change.error().message, {}, "invalid_configuration")));
    std::string body;
    json::writer(body).begin_object().key("changed").raw(names_json(change->changed)).key("needs_restart").raw(names_json(change->needs_restart)).end_object();
    reply({200, std::move(body)});
  });
}

}  // namespace edgemesh::actors
