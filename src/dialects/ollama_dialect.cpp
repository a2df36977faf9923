#include "dialects/ollama_dialect.hpp"

#include <utility>

#include "dialects/ollama_embedding_reader.hpp"
#include "dialects/ollama_request.hpp"
#include "dialects/ollama_stream_reader.hpp"
#include "dialects/ollama_whole_reader.hpp"

namespace edgemesh::dialects {
namespace {

class ollama final : public dialect {
 public:
  backend_kind kind() const noexcept override { return backend_kind::ollama; }

  openai::api_result<upstream_request> request(const openai::client_request& client,
                                               const request_options& options) const override {
    return ollama_request(client, options);
  }

  std::unique_ptr<answer_reader> reader(answer_options options) const override {
    if (options.kind == endpoint::embeddings) return std::make_unique<ollama_embedding_reader>(std::move(options));
    if (options.stream) return std::make_unique<ollama_stream_reader>(std::move(options));
    return std::make_unique<ollama_whole_reader>(std::move(options));
  }
};

}  // namespace

const dialect& ollama_dialect() {
  static const ollama only;
  return only;
}

}  // namespace edgemesh::dialects
