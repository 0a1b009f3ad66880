// The units for systemd: that they say what they should, and that the program can live with what
// they forbid it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/live_system.h"
#include "tests/rule_files.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_with(const std::string& text, std::string_view wanted) {
  std::vector<std::string> found;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.find(wanted) != std::string::npos) found.push_back(line);
  }
  return found;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

// The values of a setting in a unit, in order.
std::vector<std::string> values(const std::string& unit, const std::string& name) {
  std::vector<std::string> found;
  for (const auto& line : lines_with(unit, name + "=")) {
    if (line.starts_with(name + "=")) found.push_back(line.substr(name.size() + 1));
  }
  return found;
}

// Exit code 127 when the program is not on this machine.
Finished run_words(std::vector<std::string> words,
                   std::map<std::string, std::string> environment = {}) {
  return run({.arguments = std::move(words), .environment = std::move(environment)});
}

// Everything installed below a prefix of its own, once.
class Installed : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = std::make_unique<TempDir>();
    const auto build = program().parent_path().parent_path();
    const auto installed =
        run_words({"cmake", "--install", build.string(), "--prefix", prefix().string()});
    ASSERT_EQ(installed.exit_code, 0) << installed.err;
  }
  static void TearDownTestSuite() { directory_.reset(); }

  static std::filesystem::path prefix() { return directory_->path() / "usr"; }
  static std::filesystem::path unit(std::string_view name) {
    return prefix() / "lib/systemd/system" / (std::string(name) + ".service");
  }

 private:
  static inline std::unique_ptr<TempDir> directory_;
};

class Units : public Installed, public testing::WithParamInterface<const char*> {};

#define DECNET_NEEDS(finished, program) \
  if ((finished).exit_code == 127) GTEST_SKIP() << "NOT CHECKED: no " program " on this machine"

TEST_P(Units, PassVerification) {
  const auto verified = run_words({"systemd-analyze", "verify", unit(GetParam()).string()});
  DECNET_NEEDS(verified, "systemd-analyze");
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  // Unknown settings are only warned of; and this machine's other units are none of our business.
  EXPECT_THAT(lines_with(verified.err, "decnet"), IsEmpty());
}

TEST_P(Units, AreConfined) {
  const auto assessed = run_words({"systemd-analyze", "security", "--offline=yes", "--no-pager",
                                   "--threshold=20", unit(GetParam()).string()});
  DECNET_NEEDS(assessed, "systemd-analyze");
  EXPECT_EQ(assessed.exit_code, 0) << assessed.out << assessed.err;
  EXPECT_THAT(assessed.out, HasSubstr("Overall exposure level"));
}

TEST_P(Units, AWorseOneIsFoundOut) {
  std::string text = content(unit(GetParam()));
  for (const char* name : {"SystemCallFilter=", "ProtectSystem=", "NoNewPrivileges=",
                           "CapabilityBoundingSet=", "PrivateUsers=", "User="}) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 2)) {
      text.insert(at, "#");
    }
  }
  const TempDir elsewhere;
  const auto weak = elsewhere.write(std::string(GetParam()) + ".service", text);
  const auto assessed = run_words({"systemd-analyze", "security", "--offline=yes", "--no-pager",
                                   "--threshold=20", weak.string()});
  DECNET_NEEDS(assessed, "systemd-analyze");
  EXPECT_NE(assessed.exit_code, 0) << assessed.out;
}

TEST_P(Units, RunTheInstalledProgram) {
  const auto words = words_of(values(content(unit(GetParam())), "ExecStart").at(0));
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[0], (prefix() / "bin/decnet").string());
  EXPECT_EQ("decnet-" + words[1], GetParam());
  EXPECT_EQ(run_words({words[0], words[1], "--help"}).exit_code, 0);
}

TEST_P(Units, LeaveTimeToStopAndStartAgain) {
  const std::string text = content(unit(GetParam()));
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"Type", "notify"},
                                                        {"Restart", "on-failure"},
                                                        {"RestartSec", "5"},
                                                        {"TimeoutStopSec", "15"},
                                                        {"ProtectSystem", "strict"}}) {
    EXPECT_THAT(values(text, name), testing::ElementsAre(value)) << name;
  }
  EXPECT_THAT(values(text, "WatchdogSec"), Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(All, Units, testing::Values("decnet-bus", "decnet-ttp"),
                         [](const auto& unit) { return std::string(unit.param).substr(7); });

TEST_F(Installed, ADropInForTheFrameworkPassesVerification) {
  const TempDir elsewhere;
  const auto name = std::string("decnet-ttp.service");
  const auto copy = elsewhere.write(name, content(unit("decnet-ttp")));
  elsewhere.write(name + ".d/framework.conf",
                  content(prefix() / "share/doc/decnet/framework.conf"));
  const auto verified = run_words({"systemd-analyze", "verify", copy.string()});
  DECNET_NEEDS(verified, "systemd-analyze");
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(lines_with(verified.err, "decnet"), IsEmpty());
  const auto assessed = run_words({"systemd-analyze", "security", "--offline=yes", "--no-pager",
                                   "--threshold=20", copy.string()});
  EXPECT_EQ(assessed.exit_code, 0) << assessed.out;
}

TEST_F(Installed, TheUserIsMadeAsDescribed) {
  const TempDir root;
  root.write("usr/lib/sysusers.d/decnet.conf", content(prefix() / "lib/sysusers.d/decnet.conf"));
  std::filesystem::create_directories(root.path() / "etc");
  const auto made = run_words({"systemd-sysusers", "--root=" + root.path().string()});
  DECNET_NEEDS(made, "systemd-sysusers");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(content(root.path() / "etc/passwd"),
              AllOf(HasSubstr("decnet:x:"), HasSubstr("/nologin")));
  EXPECT_THAT(content(root.path() / "etc/group"), HasSubstr("decnet:x:"));
}

TEST_F(Installed, TheDirectoriesAreMadeAsDescribed) {
  if (::geteuid() != 0) GTEST_SKIP() << "NOT CHECKED: only root can give directories away";
  const TempDir root;
  for (const char* folder : {"sysusers.d", "tmpfiles.d"}) {
    root.write(fmt::format("usr/lib/{}/decnet.conf", folder),
               content(prefix() / "lib" / folder / "decnet.conf"));
  }
  std::filesystem::create_directories(root.path() / "etc");
  const std::string option = "--root=" + root.path().string();
  const auto user = run_words({"systemd-sysusers", option});
  DECNET_NEEDS(user, "systemd-sysusers");
  const auto made = run_words({"systemd-tmpfiles", option, "--create"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  using std::filesystem::perms;
  const auto closed = perms::owner_all | perms::group_read | perms::group_exec;
  const auto permissions = [&](const char* name) {
    return std::filesystem::status(root.path() / name).permissions();
  };
  EXPECT_EQ(permissions("var/lib/decnet"), closed);
  EXPECT_EQ(permissions("var/log/decnet"), closed);
  EXPECT_EQ(permissions("run/decnet"), closed | perms::others_read | perms::others_exec);
}

// The names that a filter's groups ("@system-service") stand for.
void expand(const std::string& word, const std::string& table, std::set<std::string>& calls) {
  if (!word.starts_with('@')) {
    calls.insert(word);
    return;
  }
  std::istringstream in(table);
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('@')) inside = line == word;
    const auto words = words_of(line);
    if (!inside || line.starts_with('@') || words.empty() || words[0] == "#") continue;
    expand(words[0], table, calls);
  }
}

// What the unit's SystemCallFilter lines allow.
std::set<std::string> allowed_calls(const std::string& unit, const std::string& table) {
  std::set<std::string> allowed;
  for (std::string value : values(unit, "SystemCallFilter")) {
    const bool forbids = value.starts_with('~');
    if (forbids) value.erase(0, 1);
    std::set<std::string> calls;
    for (const auto& word : words_of(value)) expand(word, table, calls);
    for (const auto& call : calls) {
      if (forbids) {
        allowed.erase(call);
      } else {
        allowed.insert(call);
      }
    }
  }
  // What every filter lets through, so that a program can begin and end.
  expand("@default", table, allowed);
  return allowed;
}

// The units' worker and broker under strace, in directories like those of the units.
class Confinement : public Installed {
 protected:
  Confinement() {
    write_rules(directory_);
    for (const char* name : {"state", "log", "run"}) {
      std::filesystem::create_directories(directory_.path() / name);
    }
    environment_ = {{"DECNET_DB_PATH", (directory_.path() / "state/decnet.db").string()},
                    {"DECNET_TTP_RULES_DIR", (directory_.path() / "rules").string()},
                    {"DECNET_BUS_SOCKET", socket().string()},
                    {"DECNET_SYSTEM_LOGS", (directory_.path() / "log/decnet.log").string()},
                    // A leak check needs ptrace for itself.
                    {"ASAN_OPTIONS", "detect_leaks=0"}};
  }
  [[nodiscard]] std::filesystem::path socket() const { return directory_.path() / "run/bus.sock"; }

  // With -D the process is the program itself, and gets our signals.
  std::unique_ptr<Daemon> start(const std::string& name, std::vector<std::string> arguments) {
    std::vector<std::string> words = {
        "strace", "-D", "-f", "-q", "-o", trace(name).string(), program().string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return std::make_unique<Daemon>(words, environment_, directory_.path() / (name + ".err"));
  }
  [[nodiscard]] std::filesystem::path trace(const std::string& name) const {
    return directory_.path() / (name + ".trace");
  }

  // Ends it, and holds what it did against its unit.
  void end_and_check(Daemon& daemon, const std::string& name) {
    const std::string first = std::to_string(daemon.process().id()) + " ";
    EXPECT_EQ(daemon.end(SIGTERM).exit_code, 0) << daemon.errors();
    ASSERT_TRUE(eventually([&] {
      const auto ends = lines_with(content(trace(name)), " +++ exited with 0 +++");
      return std::any_of(ends.begin(), ends.end(),
                         [&](const std::string& line) { return line.starts_with(first); });
    }));
    const auto groups = run_words({"systemd-analyze", "syscall-filter", "--no-pager"});
    DECNET_NEEDS(groups, "systemd-analyze");
    const std::string text = content(unit("decnet-" + name));
    const auto allowed = allowed_calls(text, groups.out);
    ASSERT_THAT(allowed, AllOf(Contains("read"), Contains("clone3"), Not(Contains("mount")),
                               Not(Contains("setuid"))));
    const auto families = words_of(values(text, "RestrictAddressFamilies").at(0));
    std::istringstream in(content(trace(name)));
    int calls = 0;
    for (std::string line; std::getline(in, line);) {
      const auto begin = line.find_first_not_of("0123456789 ");
      const auto end = line.find('(');
      if (begin == std::string::npos || end == std::string::npos || line[begin] == '<') continue;
      const std::string call = line.substr(begin, end - begin);
      if (call.find(' ') != std::string::npos) continue;  // a signal, an end
      ++calls;
      check(call, line, allowed, families);
    }
    EXPECT_GT(calls, 500);
  }

 private:
  void check(const std::string& call, const std::string& line, const std::set<std::string>& allowed,
             const std::vector<std::string>& families) const {
    // SQLite gives its files the owner of the database, as root alone, who the unit is not.
    const bool as_root = call == "fchown" && ::geteuid() == 0;
    EXPECT_TRUE(allowed.contains(call) || as_root) << line;
    if (call == "mmap" || call == "mprotect" || call == "pkey_mprotect") {
      const bool executable = line.find("PROT_EXEC") != std::string::npos;
      const bool writable = line.find("PROT_WRITE") != std::string::npos || call != "mmap";
      EXPECT_FALSE(executable && writable) << "MemoryDenyWriteExecute: " << line;
    }
    if (call == "socket") {
      const auto from = line.find('(') + 1;
      const std::string family = line.substr(from, line.find(',') - from);
      // The C library asks for the interfaces when it resolves a name, and can do without.
      EXPECT_TRUE(family == "AF_NETLINK" ||
                  std::find(families.begin(), families.end(), family) != families.end())
          << line;
    }
    const bool writes = (call.starts_with("open") && (line.find("O_WRONLY") != std::string::npos ||
                                                      line.find("O_RDWR") != std::string::npos ||
                                                      line.find("O_CREAT") != std::string::npos)) ||
                        call.starts_with("mkdir") || call.starts_with("unlink") ||
                        call.starts_with("rename");
    if (!writes) return;
    const auto from = line.find('"') + 1;
    const std::string path = line.substr(from, line.find('"', from) - from);
    const std::string ours = directory_.path().string();
    const bool inside = path.starts_with(ours + "/state") || path.starts_with(ours + "/log") ||
                        path.starts_with(ours + "/run");
    EXPECT_TRUE(inside || path == "/dev/null") << "ProtectSystem: " << line;
  }

 protected:
  TempDir directory_;
  std::map<std::string, std::string> environment_;
};

#define DECNET_NEEDS_STRACE()                                                                    \
  if (const auto tried = run_words({"strace", "-o", "/dev/null", "true"}); tried.exit_code != 0) \
  GTEST_SKIP() << "NOT CHECKED: strace is absent or may not trace here: " << tried.err

TEST_F(Confinement, IsEnoughOnTheUnixSocket) {
  DECNET_NEEDS_STRACE();
  const auto broker = start("bus", {"bus", "--heartbeat", "1"});
  std::unique_ptr<BusClient> client;
  ASSERT_TRUE(eventually([&] {
    client = std::make_unique<BusClient>(socket(), std::vector<std::string>{"ttp.>"});
    return client->connected() || !broker->is_running();
  })) << broker->errors();
  const auto port = free_port();
  const auto worker = start("ttp", {"ttp", "--metrics", fmt::format("127.0.0.1:{}", port)});
  const auto reaches = [&](std::string_view name, std::int64_t value) {
    return eventually([&] { return metric(scrape(port), name) >= value || !worker->is_running(); });
  };
  ASSERT_TRUE(reaches("ttp_bus_connected", 1)) << worker->errors();
  // One with an attacker, which is tagged, stored and announced; one without, which waits.
  for (const char* who : {R"("attacker_uuid":"a-1")", R"("attacker_ip":"192.0.2.9")"}) {
    client->publish("attacker.session.ended",
                    envelope("attacker.session.ended", "session.ended",
                             fmt::format(R"({{{},"session_id":"s-1","commands":[{{"id":"s-1#0",)"
                                         R"("command_text":"history -c"}}]}})",
                                         who),
                             "1"));
  }
  ASSERT_TRUE(reaches("ttp_retries_total", 1)) << worker->errors();
  directory_.write("rules/X0005.yaml", rule_text("X0005", "whoami", "T1033", "TA0007"));
  worker->process().signal(SIGHUP);
  ASSERT_TRUE(reaches("ttp_rule_compiled", 5)) << worker->errors();
  end_and_check(*worker, "ttp");
  end_and_check(*broker, "bus");
}

TEST_F(Confinement, IsEnoughOnNats) {
  DECNET_NEEDS_STRACE();
  const auto nats_port = free_port();
  const auto server = start_nats(nats_port, directory_.path());
  ASSERT_TRUE(server->is_running()) << server->errors();
  environment_["DECNET_BUS_TYPE"] = "nats";
  environment_["DECNET_BUS_URL"] = fmt::format("nats://localhost:{}", nats_port);
  const auto port = free_port();
  const auto worker = start("ttp", {"ttp", "--metrics", fmt::format("127.0.0.1:{}", port)});
  ASSERT_TRUE(eventually([&] {
    return metric(scrape(port), "ttp_bus_connected") == 1 || !worker->is_running();
  })) << worker->errors();
  end_and_check(*worker, "ttp");
}

}  // namespace
}  // namespace decnet::test
