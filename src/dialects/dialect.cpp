#include "dialects/dialect.hpp"

#include "base/check.hpp"
#include "dialects/ollama_dialect.hpp"
#include "dialects/openai_dialect.hpp"

namespace edgemesh::dialects {

const dialect& dialect_of(backend_kind kind) {
  EDGEMESH_CHECK(kind != backend_kind::automatic);
  return kind == backend_kind::ollama ? ollama_dialect() : openai_dialect_of(kind);
}

}  // namespace edgemesh::dialects
