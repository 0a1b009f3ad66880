// Of every program of GoogleTest cases.
#include <gtest/gtest.h>

#include <cstdlib>

int main(int argc, char** argv) {
  // Properties are tried with the same values each time; RC_PARAMS asks for others.
  (void)setenv("RC_PARAMS", "seed=20261121", 0);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
