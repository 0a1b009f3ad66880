# Every library the project links, from Debian packages (scripts/install-deps lists them).
# A folder names the ones it uses in its DEPS; heavy headers stay in one file per boundary.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(yaml-cpp REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(nats REQUIRED IMPORTED_TARGET libnats)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)

if(DECNET_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_library(DECNET_RAPIDCHECK rapidcheck REQUIRED)
endif()
if(DECNET_BUILD_BENCH)
  find_package(benchmark REQUIRED)
endif()
