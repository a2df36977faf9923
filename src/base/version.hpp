// What this build calls itself.
#pragma once
namespace edgemesh {
inline constexpr const char* version_text = "0.1.0";
}
