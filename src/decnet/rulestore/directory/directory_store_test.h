// What the tests of a directory's store share: a store over an empty directory.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decnet/rulestore/open.h"
#include "decnet/rulestore/test_store.h"
#include "tests/test_main.h"

namespace decnet::rulestore {

class DirectoryStore : public testing::Test {
 protected:
  DirectoryStore() { std::filesystem::create_directory(rules()); }

  [[nodiscard]] std::filesystem::path rules() const { return place_.path() / "rules"; }
  [[nodiscard]] std::filesystem::path states() const { return place_.path() / "states"; }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return rules() / name; }
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    return place_.write("rules/" + name, text);
  }
  [[nodiscard]] std::unique_ptr<RuleStore> open() const {
    return open_directory(rules(), states(), system_clock());
  }

  Contents load() {
    auto loaded = store_->load();
    if (!loaded) ADD_FAILURE() << loaded.error().message;
    return loaded ? *std::move(loaded) : Contents();
  }
  testing::AssertionResult come_to(const std::vector<std::string>& rules) {
    return test::becomes(*store_, contents_,
                         [&](const Contents& now) { return test::rules_of(now) == rules; });
  }
  // Until that file was looked at again: it has a problem of its own now, or none any more.
  testing::AssertionResult come_to_problems(std::size_t count) {
    return test::becomes(*store_, contents_,
                         [&](const Contents& now) { return now.problems.size() == count; });
  }

  decnet::test::TempDir place_{true};
  std::unique_ptr<RuleStore> store_ = open();
  Contents contents_;
};

}  // namespace decnet::rulestore
