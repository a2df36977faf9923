#include <gtest/gtest.h>

#include "actors/admin/backend_page.hpp"
#include "actors/admin/explain_page.hpp"
#include "actors/admin/session_page.hpp"
#include "actors/admin/status_page.hpp"
#include "json/value.hpp"
#include "json/validate.hpp"

namespace edgemesh::actors {
namespace {

json::value parsed(const std::string& body) {
  EXPECT_FALSE(json::validate(body)) << body;
  return json::value::first_in(body);
}

std::shared_ptr<backend_view> a_backend() {
  auto cell = std::make_shared<backend_cell>();
  cell->in_flight = 3;
  cell->concurrency = 8;
  auto v = std::make_shared<backend_view>();
  v->name = "box";
  v->url = "http://127.0.0.1:8080";
  v->kind = backend_kind::vllm;
  v->health = backend_health::ready;
  v->data_class = "internal";
  v->last_probe = instant(seconds(98));
  v->latency = milliseconds(4);
  v->load.waiting = 2;
  v->cell = cell;
  model_offer m;
  m.name = "m\"1";
  v->models = {m};
  return v;
}

TEST(AdminPages, ABackendShowsHealthLoadAndAges) {
  const auto body = backend_page(*a_backend(), instant(seconds(100)));
  const auto b = parsed(body);
  EXPECT_TRUE(b["name"].equals("box"));
  EXPECT_TRUE(b["kind"].equals("vllm"));
  EXPECT_TRUE(b["health"].equals("ready"));
  EXPECT_TRUE(b["breaker"].equals("closed"));
  EXPECT_TRUE(b["source"].equals("config"));
  EXPECT_EQ(b["in_flight"].integer(), 3);
  EXPECT_EQ(b["concurrency"].integer(), 8);
  EXPECT_EQ(b["last_probe_ms_ago"].integer(), 2000);
  EXPECT_EQ(b["load"]["waiting"].integer(), 2);
  EXPECT_TRUE(b["load"]["slots"].is_null());
  EXPECT_TRUE((*b["models"].elements().begin()).equals("m\"1"));
}

TEST(AdminPages, PricesAreShownAsTheyWereWritten) {
  const auto backend = a_backend();
  EXPECT_FALSE(parsed(backend_page(*backend, instant(seconds(100))))["prices"]);
  backend->prices["m"] = {150'000, 50'000, 600'000, 0};
  const auto body = backend_page(*backend, instant(seconds(100)));
  EXPECT_EQ(parsed(body)["prices"].raw(), R"({"m":{"input":0.15,"cached_input":0.05,"output":0.6,"request":0}})");
}

TEST(AdminPages, BackendsAreAList) {
  const auto body = backends_page({a_backend(), a_backend()}, instant(seconds(100)));
  EXPECT_EQ(parsed(body)["data"].size(), 2u);
}

TEST(AdminPages, StatusCountsBackends) {
  auto down = a_backend();
  down->health = backend_health::down;
  node_status s;
  s.node.name = "n1";
  s.api = "127.0.0.1:8780";
  s.is_ready = true;
  const auto body = status_page(s, {a_backend(), down});
  const auto v = parsed(body);
  EXPECT_TRUE(v["node"].equals("n1"));
  EXPECT_EQ(v["backends"]["total"].integer(), 2);
  EXPECT_EQ(v["backends"]["ready"].integer(), 1);
  EXPECT_EQ(v["in_flight"].integer(), 6);
  EXPECT_EQ(v["ready"].boolean(), true);
  EXPECT_TRUE(v["listen"]["metrics"].absent_or_null());
}

TEST(AdminPages, SessionsShowBusyOnesFirst) {
  http::session_view idle, busy;
  idle.id = "s-0-1";
  idle.request_id = "req-old";
  busy.id = "s-0-2";
  busy.busy = true;
  busy.request_id = "req-now";
  busy.request_started = wall_time(seconds(10));
  const auto body = sessions_page({idle, busy}, wall_time(seconds(12)));
  auto it = parsed(body)["data"].elements().begin();
  EXPECT_TRUE((*it)["id"].equals("s-0-2"));
  EXPECT_TRUE((*it)["request_id"].equals("req-now"));
  EXPECT_EQ((*it)["seconds"].number(), 2.0);
  ++it;
  EXPECT_TRUE((*it)["request_id"].equals(""));
}

class ExplainPage : public ::testing::Test {
 protected:
  ExplainPage() {
    std::vector<std::shared_ptr<const routing::backend_row>> rows;
    for (const char* name_of_backend : {"a", "b"}) {
      auto row = std::make_shared<routing::backend_row>();
      row->name = name_of_backend;
      row->node = "here";
      row->data_class = 2;
      row->cell = std::make_shared<backend_cell>();
      row->cell->health = name_of_backend[0] == 'a' ? backend_health::ready : backend_health::down;
      row->paths.emplace_back();
      model_offer m;
      m.name = m.upstream = "m";
      row->models.push_back(m);
      rows.push_back(row);
    }
    table = routing::route_table(1, {}, std::move(rows), {});
  }
  http::admin_answer ask(std::string body, std::string_view data_class = {}) {
    return explain_page(table, {std::move(body), data_class, 0, instant(seconds(1))}, rng);
  }
  routing::route_table table;
  random_source rng{1};
};

TEST_F(ExplainPage, ShowsTheChoiceAndWhyOthersWereRefused) {
  const auto a = ask(R"({"model":"m","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(a.status, 200);
  const auto v = parsed(a.body);
  EXPECT_TRUE(v["choice"]["backend"].equals("a"));
  ASSERT_EQ(v["candidates"].size(), 2u);
  for (const auto& c : v["candidates"].elements()) {
    if (c["backend"].equals("b")) {
      EXPECT_TRUE(c["refused_by"].equals("health"));
    } else {
      EXPECT_TRUE(c["refused_by"].is_null());
    }
  }
}

TEST_F(ExplainPage, AnUnknownModelIsExplainedWithItsError) {
  const auto a = ask(R"({"model":"zz","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(a.status, 200);
  const auto v = parsed(a.body);
  EXPECT_TRUE(v["choice"].is_null());
  EXPECT_EQ(v["error"]["status"].integer(), 404);
}

TEST_F(ExplainPage, WhatIsNoRequestIsRefused) {
  EXPECT_EQ(ask("{").status, 400);
  EXPECT_EQ(ask(R"({"model":"m","messages":[{"role":"user","content":"x"}]})", "no-such-class").status, 400);
}

TEST_F(ExplainPage, KnowsEmbeddingsByTheirInput) {
  EXPECT_EQ(ask(R"({"model":"m","input":"x"})").status, 200);
}

}  // namespace
}  // namespace edgemesh::actors
