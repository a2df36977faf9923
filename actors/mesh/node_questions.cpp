#include "actors/mesh/node_questions.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <utility>

namespace edgemesh::actors {
namespace asio = boost::asio;

namespace {

/// One question to many, until all have answered or the time is up. Kept alive by its timer and its open conversations.
class round_of_questions : public std::enable_shared_from_this<round_of_questions> {
 public:
  round_of_questions(asio::io_context& io, std::vector<asked_node> whom, std::string body,
                     std::function<void(std::vector<node_answer>)> done, question_limits limits)
      : io_(io), timer_(io), whom_(std::move(whom)), body_(std::move(body)), done_(std::move(done)), limits_(limits), stops_(whom_.size()) {
    for (const auto& n : whom_) answers_.push_back({n.name, 0, {}, n.why_not});
  }

  void start() {
    for (std::size_t i = 0; i < whom_.size(); ++i)
      if (whom_[i].ask) waiting_.push_back(i);
    timer_.expires_after(limits_.patience);
    timer_.async_wait([me = shared_from_this()](boost::system::error_code ec) {
      if (!ec) me->give_up();
    });
    asio::post(io_, [me = shared_from_this()] { me->next(); });
  }

 private:
  void next() {
    while (done_ && open_ < limits_.at_once && !waiting_.empty()) {
      const auto at = waiting_.front();
      waiting_.pop_front();
      ++open_;
      ask(at);
    }
    if (open_ == 0 && waiting_.empty()) finish();
  }

  void ask(std::size_t at) {
    dialects::probe_request request;
    request.method = "POST";
    request.target = "/mesh/v1/ask";
    request.body = body_;
    request.timeout = limits_.patience;
    request.bytes_max = limits_.answer_bytes_max;
    asio::co_spawn(io_, whom_[at].ask(std::move(request)),
                   asio::bind_cancellation_slot(stops_[at].slot(), [me = shared_from_this(), at](std::exception_ptr failure, dialects::probe_reply r) {
                     me->answered(at, failure != nullptr, std::move(r));
                   }));
  }

  void answered(std::size_t at, bool has_failed, dialects::probe_reply r) {
    using outcome = dialects::probe_reply::outcome;
    --open_;
    if (!done_) return;
    auto& a = answers_[at];
    if (!has_failed && r.result == outcome::answered) {
      a.status = r.status;
      a.body = std::move(r.body);
    } else {
      a.why = !r.why.empty() ? std::move(r.why) : r.result == outcome::refused ? "it cannot be reached" : "its answer broke off";
    }
    next();
  }

  void give_up() {
    for (const auto at : waiting_) answers_[at].why = "there was no time left to ask it";
    waiting_.clear();
    for (auto& a : answers_)
      if (a.status == 0 && a.why.empty()) a.why = "no answer within " + std::to_string(limits_.patience.count()) + " ms";
    finish();
    for (auto& s : stops_) s.emit(asio::cancellation_type::terminal);
  }

  void finish() {
    if (!done_) return;
    timer_.cancel();
    std::exchange(done_, nullptr)(std::move(answers_));
  }

  asio::io_context& io_;
  asio::steady_timer timer_;
  std::vector<asked_node> whom_;
  std::string body_;
  std::function<void(std::vector<node_answer>)> done_;
  question_limits limits_;
  std::vector<asio::cancellation_signal> stops_;
  std::vector<node_answer> answers_;
  std::deque<std::size_t> waiting_;
  std::size_t open_ = 0;
};

}  // namespace

void ask_nodes(asio::io_context& io, std::vector<asked_node> whom, std::string body, std::function<void(std::vector<node_answer>)> done,
               question_limits limits) {
  std::make_shared<round_of_questions>(io, std::move(whom), std::move(body), std::move(done), limits)->start();
}

}  // namespace edgemesh::actors
