// Reads the bodies of the OpenAI family: chat, text completions, embeddings. Pure; an independent reader on
// purpose, so that a misunderstanding in the gateway's own is not repeated here.
#pragma once
#include <boost/json/object.hpp>
#include <variant>

#include "mock/asked.hpp"
#include "mock/complaint.hpp"

namespace edgemesh::mock {

std::variant<asked, complaint> read_chat(const boost::json::object& body);
/// `usual_limit`: max_tokens where the request has none; 0: no limit.
std::variant<asked, complaint> read_completion(const boost::json::object& body, int usual_limit);
std::variant<asked_embedding, complaint> read_embedding(const boost::json::object& body);

}  // namespace edgemesh::mock
