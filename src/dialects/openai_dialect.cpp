#include "dialects/openai_dialect.hpp"

#include "base/check.hpp"
#include "dialects/pass_request.hpp"
#include "dialects/stream_reader.hpp"
#include "dialects/whole_reader.hpp"

namespace edgemesh::dialects {
namespace {

class openai_dialect final : public dialect {
 public:
  explicit openai_dialect(backend_kind kind) noexcept : kind_(kind) {}

  backend_kind kind() const noexcept override { return kind_; }

  openai::api_result<upstream_request> request(const openai::client_request& client,
                                               const request_options& options) const override {
    return pass_request(kind_, client, options);
  }

  std::unique_ptr<answer_reader> reader(answer_options options) const override {
    if (options.stream && options.kind != endpoint::embeddings)
      return std::make_unique<stream_reader>(kind_, std::move(options));
    return std::make_unique<whole_reader>(kind_, std::move(options));
  }

 private:
  backend_kind kind_;
};

}  // namespace

const dialect& openai_dialect_of(backend_kind kind) {
  static const openai_dialect openai(backend_kind::openai), llamacpp(backend_kind::llamacpp), vllm(backend_kind::vllm),
      cognis(backend_kind::cognis);
  for (const openai_dialect* d : {&openai, &llamacpp, &vllm, &cognis})
    if (d->kind() == kind) return *d;
  EDGEMESH_CHECK(!"a kind of the OpenAI family");
  return openai;
}

}  // namespace edgemesh::dialects
