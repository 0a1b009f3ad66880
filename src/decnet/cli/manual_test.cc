#include "decnet/cli/manual.h"

#include <gtest/gtest.h>

#include <sstream>

#include "decnet/cli/display_width.h"

namespace decnet::cli {
namespace {

TEST(Wrapped, FillsLinesAndKeepsParagraphsAndExamples) {
  EXPECT_EQ(wrapped("one two three four five six\n\nseven\n  as it is, however long it may be\nend",
                    24, 2),
            "  one two three four\n"
            "  five six\n"
            "\n"
            "  seven\n"
            "    as it is, however long it may be\n"
            "  end\n");
  EXPECT_EQ(wrapped("", 80, 0), "");
}

TEST(HelpText, SaysEverythingOnce) {
  bool flag = false;
  std::optional<std::int64_t> days = 7;
  std::vector<std::string> files;
  Options options;
  options.arguments("FILE", files, "What to read.");
  options.integer("--since-days,-s", "N", days, 1, 3650, "Only so old.");
  options.flag("--a-flag-with-a-very-long-name", flag, "A flag.");
  options.setting("--db", "PATH", "DECNET_DB_PATH", "SQLite file.");
  const Manual manual{.description = "Does it.",
                      .environment = {"DECNET_DB_PATH"},
                      .examples = {{"decnet do x", "does x"}},
                      .success = "done",
                      .failure = "not done"};
  EXPECT_EQ(help_text("do", manual, options, 80),
            "Usage: decnet do [OPTIONS] FILE...\n"
            "\n"
            "Does it.\n"
            "\n"
            "Arguments:\n"
            "  FILE                    What to read.\n"
            "\n"
            "Options:\n"
            "  -s, --since-days N      Only so old. [1 to 3650; default: 7]\n"
            "      --a-flag-with-a-very-long-name\n"
            "                          A flag.\n"
            "      --db PATH           SQLite file. [DECNET_DB_PATH]\n"
            "  -h, --help              Shows this text.\n"
            "\n"
            "Settings (environment, INI file or .env; see `decnet config`):\n"
            "  DECNET_DB_PATH          SQLite file [default: decnet.db]\n"
            "\n"
            "Examples:\n"
            "  decnet do x\n"
            "      does x\n"
            "\n"
            "Exit codes:\n"
            "  0                       done\n"
            "  1                       not done\n"
            "  2                       the command line is wrong\n");
}

}  // namespace
}  // namespace decnet::cli
