// What a fuzz target does when a promise is broken: stop, saying which.
#pragma once

#include <cstdio>
#include <cstdlib>

#define DECNET_FUZZ_CHECK(promise)                                                       \
  do {                                                                                   \
    if (!(promise)) {                                                                    \
      std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #promise); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
