# decnet_library(<folder> SOURCES … [DEPS …] [PRIVATE …])
# One library per folder of src/decnet; DEPS is the architecture (public), PRIVATE what only its
# .cc files see.
function(decnet_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;PRIVATE" ${ARGN})
  add_library(decnet_${name} STATIC ${arg_SOURCES})
  add_library(decnet::${name} ALIAS decnet_${name})
  target_link_libraries(decnet_${name} PUBLIC decnet::options ${arg_DEPS} PRIVATE ${arg_PRIVATE})
endfunction()

# decnet_test(<folder> SOURCES … [DEPS …])
# One test program per folder, its cases one entry of ctest. Tests find the repository and
# the built program by what was compiled into them (the environment's DECNET_SOURCE_DIR and
# DECNET_PROGRAM win), and other people's corpora by DECNET_CORPORA_DIR (default: ../shared beside
# the repository); a test that needs corpora that are absent skips and says so.
function(decnet_test name)
  if(NOT DECNET_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE
    decnet::${name} ${arg_DEPS} decnet_test_main GTest::gmock ${DECNET_RAPIDCHECK})
  decnet_discover(${name}_test)
endfunction()

# The whole program is one entry: thousands of entries would spend more time on starting programs
# with sanitizers than on testing. What failed is in the output; --gtest_filter picks cases by hand.
function(decnet_discover target)
  add_test(NAME ${target} COMMAND ${target} --gtest_brief=1)
  set_tests_properties(${target} PROPERTIES TIMEOUT 1800)
endfunction()
