// Reads the bodies of Ollama's native API with its own rules of type (a content is a string, options are
// checked late and answer 500, images are bare base64, …). Pure.
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <variant>

#include "mock/asked.hpp"
#include "mock/complaint.hpp"

namespace edgemesh::mock {

struct ollama_asked {
  asked request;
  bool is_load = false;   ///< nothing to answer: load the model, or unload it
  bool unloads = false;   ///< keep_alive 0
  bool truncates = true;  ///< an overlong prompt is cut in silence
};

/// `chat`: /api/chat, else /api/generate.
std::variant<ollama_asked, complaint> read_ollama(const boost::json::object& body, bool chat);

struct ollama_embedding {
  asked_embedding request;
  bool truncates = true;
};
/// `legacy`: /api/embeddings with `prompt`.
std::variant<ollama_embedding, complaint> read_ollama_embedding(const boost::json::object& body, bool legacy);

/// `[host/][namespace/]model[:tag]` in lower case with its defaults left out but the tag: "llama3:latest";
/// empty when it is no name.
std::string canonical_model(std::string_view name);

}  // namespace edgemesh::mock
