// EDGEMESH_CHECK: a broken invariant of ours ends the process, in release builds too.
#pragma once
#include <cstdio>
#include <cstdlib>

#define EDGEMESH_CHECK(condition)                                                              \
  do {                                                                                         \
    if (!(condition)) {                                                                        \
      std::fprintf(stderr, "edgemesh: broken invariant: %s (%s:%d)\n", #condition, __FILE__, __LINE__); \
      std::abort();                                                                            \
    }                                                                                          \
  } while (false)
