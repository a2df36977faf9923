// Gives a string's memory back. Assigning an empty string does not: libstdc++ copies a short string into the old buffer.
#pragma once
#include <string>

namespace edgemesh {

inline void release(std::string& text) noexcept { std::string().swap(text); }

}  // namespace edgemesh
