// Asks other nodes one question each, in parallel, over their listen.peer or what they lend. Control loop; nothing blocks. At most `at_once` connections are
// open at a time; after `patience` whoever has not answered is missing.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/admin/answers_of_nodes.hpp"
#include "base/clock.hpp"
#include "dialects/probe.hpp"

namespace edgemesh::actors {

/// One HTTP exchange with one node, on the control loop.
using node_question = std::function<boost::asio::awaitable<dialects::probe_reply>(dialects::probe_request)>;

struct asked_node {
  std::string name;
  node_question ask;  ///< none: it cannot be asked, `why_not` says why
  std::string why_not;
};

struct question_limits {
  milliseconds patience{2000};
  std::size_t at_once = 64;
  std::size_t answer_bytes_max = 128u << 10;
};

/// `body`: question_text.hpp. `done` is called once, on the loop, with an answer of each, in the order of `whom`.
void ask_nodes(boost::asio::io_context& io, std::vector<asked_node> whom, std::string body,
               std::function<void(std::vector<node_answer>)> done, question_limits limits = {});

}  // namespace edgemesh::actors
