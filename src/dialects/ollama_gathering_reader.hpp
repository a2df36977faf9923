// What Ollama's answers without streaming have in common: a body that is gathered, then converted once it is whole.
// One attempt, one thread; memory is bounded by body_bytes_max.
#pragma once
#include <string>

#include "dialects/dialect.hpp"
#include "dialects/failing_response.hpp"

namespace edgemesh::dialects {

class ollama_gathering_reader : public answer_reader {
 public:
  explicit ollama_gathering_reader(answer_options options) : options_(std::move(options)) {}
  void head(const upstream_head& head) final { failing_.begin(head); }
  void feed(std::string_view bytes, answer& out) final;
  void end(bool clean, wall_time now, answer& out) final;
  std::size_t held() const noexcept final { return body_.size(); }

 protected:
  /// The body is complete and not blank; sets complete or failure.
  virtual void convert(answer& out) = 0;
  answer_options options_;
  std::string body_;

 private:
  failing_response failing_;
};

}  // namespace edgemesh::dialects
