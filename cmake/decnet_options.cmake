# How we build: one interface target carries every flag, one option a line.

option(DECNET_BUILD_TESTS "Build the tests" ON)
option(DECNET_BUILD_BENCH "Build the benchmarks (Google Benchmark)" OFF)
option(DECNET_BUILD_FUZZERS "Build the libFuzzer targets (needs clang)" OFF)
option(DECNET_WERROR "Warnings are errors" OFF)
set(DECNET_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize=, or empty")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(DECNET_CCACHE ccache)
if(DECNET_CCACHE)
  # What one checkout compiled serves every other, wherever it lies.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=true ${DECNET_CCACHE})
endif()

add_library(decnet_options INTERFACE)
add_library(decnet::options ALIAS decnet_options)
target_include_directories(decnet_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(decnet_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>) # g++ counts it in -Wconversion for C only
if(DECNET_WERROR)
  target_compile_options(decnet_options INTERFACE -Werror)
endif()
if(DECNET_SANITIZE)
  target_compile_options(decnet_options INTERFACE
    -fsanitize=${DECNET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(decnet_options INTERFACE -fsanitize=${DECNET_SANITIZE})
endif()
find_program(DECNET_LLD ld.lld)
if(DECNET_LLD)
  target_link_options(decnet_options INTERFACE -fuse-ld=lld)
endif()
