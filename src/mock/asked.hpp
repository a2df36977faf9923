// What a request asks for, whatever the dialect it was written in. Plain values.
#pragma once
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <vector>

namespace edgemesh::mock {

/// One prompt: a chat's messages together, or one text of a completion.
struct asked_prompt {
  std::string last_text;        ///< of the last user message (or the prompt): it steers the answer
  int tokens = 1;               ///< words of all messages, at least 1
  bool follows_a_tool = false;  ///< the last message is a tool's result
};

enum class tool_wish : unsigned char { automatic, none, required, named };

struct asked {
  std::string model;
  bool chat = true;  ///< else a text completion
  bool stream = false;
  bool include_usage = false;
  bool continuous_usage = false;  ///< vLLM: usage on every chunk
  int n = 1;
  std::optional<int> token_limit;
  std::vector<std::string> stops;
  std::vector<asked_prompt> prompts;  ///< one of a chat; at least one
  std::vector<std::string> tools;     ///< names, in order
  tool_wish wish = tool_wish::automatic;
  std::string wished_tool;
  bool wants_json = false;
  boost::json::value schema;  ///< null: any object
  bool may_reason = true;
  bool logprobs = false;
  int top_logprobs = 0;
};

struct asked_embedding {
  std::string model;
  std::vector<std::string> inputs;  ///< token lists as their decimal text
  int tokens = 1;
  bool base64 = false;
  int dimensions = 0;  ///< 0: the backend's own
};

}  // namespace edgemesh::mock
