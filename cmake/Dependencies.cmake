# Third-party libraries, all from Debian packages (script/setup installs them).
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3 REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(CAF REQUIRED)
find_package(RocksDB REQUIRED)
if(EDGEMESH_TESTS)
  find_package(GTest REQUIRED)
endif()
# Asio without its deprecated interface, and without concept checks (defining the macro at all is what turns them off):
# they cost compile time in every file that includes it.
set_property(TARGET Boost::headers APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
             BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_CONCEPTS=0)
# msgpack-c for C++: headers alone, unpacked by script/prefix because Debian's package depends on another Boost.
find_path(MSGPACK_INCLUDE_DIR msgpack.hpp HINTS ${CMAKE_SOURCE_DIR}/build/prefix/msgpack/usr/include REQUIRED NO_CACHE)
add_library(msgpack INTERFACE)
target_include_directories(msgpack SYSTEM INTERFACE ${MSGPACK_INCLUDE_DIR})
target_compile_definitions(msgpack INTERFACE MSGPACK_NO_BOOST MSGPACK_DISABLE_LEGACY_NIL)
