# How everything is compiled: C++20, clang, warnings as errors, optional sanitizers.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(EDGEMESH_TESTS "Build the tests" ON)
option(EDGEMESH_FUZZ "Build the fuzz targets (clang's libFuzzer)" OFF)
option(EDGEMESH_WIRE_NEXT "Play the next version of the mesh's protocol, with a new field in everything (tests of mixed meshes)" OFF)
set(EDGEMESH_SANITIZE "" CACHE STRING "Sanitizers for every target: 'address,undefined' or 'thread'")
set(EDGEMESH_CAF_PREFIX "" CACHE PATH "A CAF built with the same sanitizer (needed by 'thread')")

add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # Neither a timestamp nor the path of this clone may stand in a precompiled header, or every fresh clone would miss the compiler cache: with a
  # "system root" clang names the headers under it relative to it. It uses it for nothing else where the driver names the system's folders.
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp" "SHELL:-Xclang -isysroot -Xclang ${CMAKE_SOURCE_DIR}")
endif()
if(EDGEMESH_WIRE_NEXT)
  # What differs stands in these alone: with a compiler cache such a build costs what linking costs.
  set_source_files_properties(proto/version.cpp proto/field_writer.cpp src/replication/features.cpp
                              PROPERTIES COMPILE_DEFINITIONS EDGEMESH_WIRE_NEXT)
endif()
if(EDGEMESH_SANITIZE)
  add_compile_options(-fsanitize=${EDGEMESH_SANITIZE} -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${EDGEMESH_SANITIZE})
endif()
if(EDGEMESH_FUZZ)
  # Without it only the target's own file would guide the fuzzer, not the parsers under it.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-g1)
  add_link_options(-Wl,--gc-sections)
endif()
find_program(EDGEMESH_LLD ld.lld-19)
if(EDGEMESH_LLD)
  add_link_options(-fuse-ld=lld-19)
endif()
find_program(EDGEMESH_CCACHE ccache)
if(EDGEMESH_CCACHE)
  # base_dir makes a clone at another path hit; the sloppiness is what precompiled headers need. What follows -Xclang is left out of the
  # hash: ccache does not shorten the "system root" there, and the rest is the same for all (so give a flag that matters another way).
  # By dependencies, never by preprocessed text: two headers that differ in a comment alone make precompiled headers that clang tells apart.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1 CCACHE_IGNOREOPTIONS=-Xclang
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${EDGEMESH_CCACHE})
endif()
include(CoroutineCheck)
