#include "dialects/ollama_options.hpp"

#include "dialects/conversion_fault.hpp"
#include "dialects/ollama_request.hpp"
#include "json/writer.hpp"

namespace edgemesh::dialects {
namespace {

enum class option_type : std::uint8_t { number, integer, flag };

struct option_rule {
  std::string_view name;
  option_type type = option_type::number;
  bool runner = false;  // a changed value reloads the model
};

constexpr option_rule rules[] = {
    {"temperature"},
    {"top_p"},
    {"presence_penalty"},
    {"frequency_penalty"},
    {"seed", option_type::integer},
    {"top_k", option_type::integer},
    {"min_p"},
    {"typical_p"},
    {"repeat_penalty"},
    {"repeat_last_n", option_type::integer},
    {"num_keep", option_type::integer},
    {"num_ctx", option_type::integer, true},
    {"num_batch", option_type::integer, true},
    {"num_gpu", option_type::integer, true},
    {"main_gpu", option_type::integer, true},
    {"num_thread", option_type::integer, true},
    {"draft_num_predict", option_type::integer, true},
    {"use_mmap", option_type::flag, true},
};

// Where one option comes from: a member of the request, or of its `options` object where that is open.
struct found_option {
  json::value value;
  std::string param;  // how the client spells it
};

class option_writer {
 public:
  option_writer(const request_members& root, const request_options& options)
      : root_(root), inner_(is_allowed(options, "options") ? root["options"] : json::value()), options_(options), out_(text_) {}

  openai::api_result<std::string> write() {
    out_.begin_object();
    for (const auto& rule : rules)
      if (auto fault = one(rule)) return *fault;
    if (auto fault = num_predict()) return *fault;
    if (auto fault = stop()) return *fault;
    out_.end_object();
    return std::move(text_);
  }

 private:
  found_option find(std::string_view name) const {
    if (!root_[name].absent_or_null()) return {root_[name], std::string(name)};
    return {inner_[name], "options." + std::string(name)};
  }

  conversion_fault one(const option_rule& rule) {
    if (rule.runner && !is_allowed(options_, rule.name)) return {};
    const auto [value, param] = find(rule.name);
    if (value.absent_or_null()) return {};
    switch (rule.type) {
      case option_type::number:
        if (value.type() != json::kind::number) return client_mistake(param + " must be a number", param);
        out_.key(rule.name).raw(value.raw());
        break;
      case option_type::integer:
        if (!value.integer()) return client_mistake(param + " must be an integer", param);
        out_.member(rule.name, *value.integer());
        break;
      case option_type::flag:
        if (!value.boolean()) return client_mistake(param + " must be true or false", param);
        out_.member(rule.name, *value.boolean());
        break;
    }
    return {};
  }

  conversion_fault num_predict() {
    auto found = find("max_completion_tokens");
    if (root_["max_completion_tokens"].absent_or_null()) found = {root_["max_tokens"], "max_tokens"};
    if (found.value.absent_or_null()) found = {inner_["num_predict"], "options.num_predict"};
    if (found.value.absent_or_null()) return {};
    const auto tokens = found.value.integer();
    if (!tokens || *tokens < 1) return client_mistake(found.param + " must be an integer of at least 1", found.param);
    out_.member("num_predict", *tokens);
    return {};
  }

  conversion_fault stop() {
    const auto [value, param] = find("stop");
    if (value.absent_or_null()) return {};
    if (value.type() == json::kind::string) {
      out_.key("stop").begin_array().raw(value.raw()).end_array();
      return {};
    }
    if (value.type() != json::kind::array) return client_mistake("stop must be a string or an array of strings", param);
    std::size_t count = 0;
    for (auto word : value.elements()) {
      if (word.type() != json::kind::string) return client_mistake("stop must be a string or an array of strings", param);
      ++count;
    }
    if (count > 0) out_.key("stop").raw(value.raw());
    return {};
  }

  const request_members& root_;
  json::value inner_;
  const request_options& options_;
  std::string text_;
  json::writer out_;
};

}  // namespace

openai::api_result<std::string> ollama_options(const request_members& root, const request_options& options) {
  return option_writer(root, options).write();
}

}  // namespace edgemesh::dialects
