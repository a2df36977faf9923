// A backend as a table from question to reply, for tests of probes: answers what is in it, 404 else.
#pragma once
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "dialects/probe.hpp"

namespace edgemesh::dialects {

class scripted_backend {
 public:
  scripted_backend& on(const std::string& target, int status, std::string body) {
    replies_[target] = {probe_reply::outcome::answered, status, "application/json", std::move(body), ""};
    return *this;
  }
  scripted_backend& on(const std::string& target, std::string body) { return on(target, 200, std::move(body)); }
  scripted_backend& fails(const std::string& target, probe_reply::outcome how) {
    replies_[target] = {how, 0, "", "", ""};
    return *this;
  }
  scripted_backend& everywhere(probe_reply reply) {
    otherwise_ = std::move(reply);
    return *this;
  }

  /// Runs the probe to its end; what was asked is in `asked`, POST bodies behind their target.
  probe_report run(probe& p) {
    while (auto question = p.next()) {
      if (asked.size() == 100) {
        ADD_FAILURE() << "the probe does not end";
        break;
      }
      EXPECT_GT(question->timeout.count(), 0);
      EXPECT_GT(question->bytes_max, 0u);
      asked.push_back(question->target + question->body);
      const auto found = replies_.contains(asked.back()) ? replies_.find(asked.back()) : replies_.find(question->target);
      p.reply(found == replies_.end() ? otherwise_ : found->second);
    }
    return p.report();
  }
  probe_report run(std::unique_ptr<probe> p) { return run(*p); }

  std::vector<std::string> asked;

 private:
  std::map<std::string, probe_reply> replies_;
  probe_reply otherwise_{probe_reply::outcome::answered, 404, "text/plain", "404 page not found", ""};
};

inline probe_reply everything(probe_reply::outcome how) { return {how, 0, "", "", ""}; }

}  // namespace edgemesh::dialects
