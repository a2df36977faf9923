// One answer, ready to be sent at any pace: whole, or as a stream in steps. The exchange that sends it owns
// it; one thread. Steps are asked for in order, each once.
#pragma once
#include <cstddef>
#include <string>
#include <utility>

namespace edgemesh::mock {

class script {
 public:
  virtual ~script() = default;
  virtual std::size_t size() const = 0;        ///< tokens, and steps of the stream
  virtual void opening(std::string& out) = 0;  ///< what precedes the first token
  virtual void step(std::size_t k, std::string& out) = 0;
  virtual void closing(std::string& out) = 0;  ///< finish, usage, end mark
  virtual std::string whole() = 0;             ///< the body of an answer without streaming
  virtual std::size_t prompt_tokens() const = 0;
};

/// A body that takes the time of one token: embeddings.
class fixed_script final : public script {
 public:
  fixed_script(std::string body, std::size_t prompt_tokens)
      : body_(std::move(body)), prompt_tokens_(prompt_tokens) {}
  std::size_t size() const override { return 1; }
  void opening(std::string&) override {}
  void step(std::size_t, std::string& out) override { out += body_; }
  void closing(std::string&) override {}
  std::string whole() override { return std::move(body_); }
  std::size_t prompt_tokens() const override { return prompt_tokens_; }

 private:
  std::string body_;
  std::size_t prompt_tokens_;
};

}  // namespace edgemesh::mock
