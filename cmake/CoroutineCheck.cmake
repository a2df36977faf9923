# g++ 12.2 destroys twice what stands as a lambda with captures or a braced aggregate inside a
# co_await expression. Run the smallest program that shows it and refuse such a compiler.
if(NOT CMAKE_CROSSCOMPILING AND NOT DEFINED EDGEMESH_COROUTINES_SOUND)
  try_run(ran compiled ${CMAKE_BINARY_DIR}/coroutine_check ${CMAKE_CURRENT_LIST_DIR}/coroutine_check.cpp
          CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
  if(NOT compiled OR NOT ran EQUAL 0)
    message(FATAL_ERROR "This compiler miscompiles co_await expressions (each object is destroyed twice). "
                        "Use clang-19: script/setup installs it, cmake --preset release selects it.")
  endif()
  set(EDGEMESH_COROUTINES_SOUND TRUE CACHE INTERNAL "co_await expressions destroy each object once")
endif()
