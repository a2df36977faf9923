#include "dialects/probe.hpp"

#include "base/check.hpp"
#include "dialects/llamacpp_probe.hpp"
#include "dialects/ollama_probe.hpp"
#include "dialects/openai_probe.hpp"
#include "dialects/vllm_probe.hpp"

namespace edgemesh::dialects {

std::unique_ptr<probe> make_probe(backend_kind kind, probe_memory* memory) {
  EDGEMESH_CHECK(kind != backend_kind::automatic);
  switch (kind) {
    case backend_kind::automatic: break;
    case backend_kind::ollama: return make_ollama_probe(memory);
    case backend_kind::vllm: return make_vllm_probe();
    case backend_kind::openai: return make_openai_probe();
    case backend_kind::llamacpp:
    case backend_kind::cognis: return make_llamacpp_probe(kind);
  }
  return make_openai_probe();
}

const std::vector<well_known_port>& well_known_ports() {
  static const std::vector<well_known_port> ports = {
      {11434, "Ollama"},
      {8080, "llama.cpp, LocalAI or llama-swap"},
      {9931, "llama.cpp"},
      {8000, "vLLM"},
      {1234, "LM Studio"},
      {1337, "Jan"},
      {30000, "SGLang"},
      {52415, "exo"},
      {5000, "text-generation-webui"},
      {5001, "koboldcpp"},
      {8771, "Cognis reasoning"},
      {8772, "Cognis math"},
      {8773, "Cognis coding"},
      {8774, "Cognis uncensored"},
      {8775, "Cognis vision"},
  };
  return ports;
}

const std::vector<well_known_port>& cognis_slot_ports() {
  static const std::vector<well_known_port> slots = {
      {8771, "reasoning"}, {8772, "math"}, {8773, "coding"}, {8774, "uncensored"}, {8775, "vision"}};
  return slots;
}

}  // namespace edgemesh::dialects
