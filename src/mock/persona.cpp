#include "mock/persona.hpp"

#include "base/check.hpp"
#include "mock/llamacpp_persona.hpp"
#include "mock/ollama_persona.hpp"
#include "mock/openai_persona.hpp"
#include "mock/vllm_persona.hpp"

namespace edgemesh::mock {

std::unique_ptr<persona> persona_of(backend_kind kind) {
  switch (kind) {
    case backend_kind::openai:
      return std::make_unique<openai_persona>();
    case backend_kind::llamacpp:
    case backend_kind::cognis:
      return std::make_unique<llamacpp_persona>(kind);
    case backend_kind::vllm:
      return std::make_unique<vllm_persona>();
    case backend_kind::ollama:
      return std::make_unique<ollama_persona>();
    case backend_kind::automatic:
      break;
  }
  EDGEMESH_CHECK(kind != backend_kind::automatic);
  return nullptr;
}

}  // namespace edgemesh::mock
