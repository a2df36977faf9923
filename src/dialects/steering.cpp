// The tables behind is_steering_field(). A field is steering when it changes what the engine or its host does (memory,
// files, scheduling, cache identity, loaded models, code, templates, network, credentials). Sampling parameters and
// fields that shape the output are not. A server behind kind `openai` may be anything, so its table is the longest.
#include <algorithm>
#include <span>

#include "dialects/dialect.hpp"

namespace edgemesh::dialects {
namespace {

using names = std::span<const std::string_view>;

/// Refused whatever the backend is: an engine that does not know them loses nothing.
constexpr std::string_view everywhere[] = {
    "cache_salt", "priority", "kv_transfer_params", "request_id", "session_id", "logits_processors", "chat_template",
    "mm_processor_kwargs", "id_slot", "lora", "num_ctx", "keep_alive", "options", "extra_body", "extra_headers"};

constexpr std::string_view llamacpp_names[] = {
    "slot_id", "cache_prompt", "n_cache_reuse", "backend_sampling", "lora_adapters", "slot_save_path", "image_data"};

constexpr std::string_view vllm_names[] = {
    "vllm_xargs", "ec_transfer_params", "media_io_kwargs", "guided_decoding_backend", "prompt_embeds", "lora_request",
    "lora_path", "data_parallel_rank", "nvext"};

constexpr std::string_view openai_names[] = {
    // SGLang: custom_logit_processor is pickled code; the bootstrap fields open connections.
    "custom_logit_processor", "custom_params", "rid", "session_params", "lora_path", "bootstrap_host", "bootstrap_port",
    "bootstrap_room", "data_parallel_rank", "routed_dp_rank", "disagg_prefill_dp_rank", "extra_key", "no_logs",
    "log_metrics", "images_config",
    // vLLM and llama-server under a generic entry.
    "slot_id", "cache_prompt", "n_cache_reuse", "backend_sampling", "vllm_xargs", "ec_transfer_params",
    "media_io_kwargs", "guided_decoding_backend", "prompt_embeds", "lora_request", "nvext",
    // LM Studio and LocalAI: what is loaded and for how long.
    "ttl", "draft_model", "context_length", "context_size", "backend", "model_base_name", "load_config",
    // Other gateways: which model, provider, address and credential is used, and what is fetched from the network.
    "models", "fallbacks", "provider", "route", "transforms", "plugins", "api_base", "base_url", "api_key",
    "api_version", "custom_llm_provider", "user_config", "litellm_params", "mock_response", "num_retries",
    "deployment_id"};

constexpr std::string_view ollama_names[] = {
    "num_batch", "num_gpu", "main_gpu", "num_thread", "use_mmap", "use_mlock", "low_vram", "numa", "f16_kv",
    "vocab_only", "logits_all", "embedding_only", "draft_num_predict", "rope_frequency_base", "rope_frequency_scale",
    "template", "system", "raw", "context", "truncate", "shift", "lora_adapters"};

names own_names(backend_kind kind) noexcept {
  switch (kind) {
    case backend_kind::llamacpp:
    case backend_kind::cognis: return llamacpp_names;
    case backend_kind::vllm: return vllm_names;
    case backend_kind::ollama: return ollama_names;
    case backend_kind::openai: return openai_names;
    case backend_kind::automatic: return {};
  }
  return {};
}

bool holds(names table, std::string_view name) noexcept {
  return std::find(table.begin(), table.end(), name) != table.end();
}

}  // namespace

bool is_steering_field(backend_kind kind, std::string_view name) noexcept {
  // llama-server spells its draft-model settings "speculative.n_max" and the like, a growing family.
  return holds(everywhere, name) || holds(own_names(kind), name) || name.starts_with("speculative.");
}

}  // namespace edgemesh::dialects
