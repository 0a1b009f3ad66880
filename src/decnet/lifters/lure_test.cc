#include "decnet/lifters/lure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

std::string signals_of(std::string_view payload) {
  std::string names;
  for (const LureSignal& signal :
       lure_signals(test::json(payload), *catalogues::Catalogues::built_in())) {
    names +=
        (names.empty() ? "" : " ") + std::string(signal.name) + (signal.about_sender ? "*" : "");
  }
  return names;
}

struct Row {
  std::string name;
  std::string payload;  // beside an honest sender
  std::string signals;  // * for those about the sender
};

class Lures : public testing::TestWithParam<Row> {};
TEST_P(Lures, AreToldByTheirMeans) {
  Json payload = test::json(R"({"from_domain":"corp.example"})");
  const Json more = test::json(GetParam().payload);
  for (const auto& [key, value] : *more.object()) payload.set(key, value);
  EXPECT_EQ(signals_of(payload.dump()), GetParam().signals);
}

INSTANTIATE_TEST_SUITE_P(
    Sender, Lures,
    testing::ValuesIn(std::vector<Row>{
        {"Honest", "{}", ""},
        {"SpfFailed", R"({"sender_checked":true,"spf_pass":false})", "authentication_failed*"},
        {"DmarcFailed", R"({"sender_checked":true,"spf_pass":true,"dmarc_pass":false})",
         "authentication_failed*"},
        {"CheckedAndNothingPassed", R"({"sender_checked":true,"spf_pass":null})",
         "unauthenticated*"},
        {"NobodyChecked", R"({"sender_checked":false})", ""},
        {"OnePassed", R"({"sender_checked":true,"dkim_signed":true})", ""},
        {"BouncesElsewhere", R"({"return_path_domain":"bulk.example.org"})",
         "return_path_differs*"},
        {"BouncesToTheSameHouse",
         R"({"from_domain":"a.corp.co.uk","return_path_domain":"b.corp.co.uk"})", ""},
        {"BouncesToANeighbour",
         R"({"from_domain":"a.corp.co.uk","return_path_domain":"b.firm.co.uk"})",
         "return_path_differs*"},
        {"AnswersElsewhere", R"({"reply_to_domain":"bulk.example.org"})", "reply_to_differs*"},
        {"NoDomain", R"({"from_domain":null})", "no_sender_domain*"},
        {"DomainWithoutDot", R"({"from_domain":"parcels"})", "no_sender_domain*"},
        {"RentedMachine", R"({"return_path_domain":"ubuntu-s-1vcpu-1gb-ams3-01.corp.example"})",
         "rented_machine*"},
        {"BrandInTheName", R"({"from_name":"Your PayPal Team"})", "sender_claims_brand*"},
        {"BrandItself", R"({"from_name":"PayPal","from_domain":"mail.paypal.com"})", ""},
        {"BrandsOtherDomain", R"({"from_name":"Facebook","from_domain":"facebookmail.com"})", ""},
        {"LooksLikeTheBrand", R"({"from_name":"PayPal","from_domain":"paypal-help.com"})",
         "sender_claims_brand*"},
        {"PartOfAWordIsNoBrand", R"({"from_name":"Pineapple Farm"})", ""},
        {"HiddenBrand", R"({"from_name":"Pay​Pal"})", "sender_claims_brand* hidden_characters*"},
        {"LookAlikes", R"({"subject":"𝐇ello"})", "hidden_characters*"},
        {"TwoAlphabets", R"({"subject":"Pаyment"})", "hidden_characters*"},
        {"AlphabetsSideBySide", R"({"subject":"Payment оплата"})", ""},
        {"RandomMailbox", R"({"from_is_random":true})", "random_mailbox*"},
        {"FreeMailbox", R"({"from_domain":"gmail.com"})", "free_mailbox*"},
        {"FreeHosting", R"({"from_domain":"x1.firebaseapp.com"})", "sender_on_shared_host*"},
        {"NoRecipient", R"({"rcpt_count":0})", "no_recipient*"},
        {"NamesReader", R"({"subject_names_recipient":true})", "names_reader*"},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Content, Lures,
    testing::ValuesIn(std::vector<Row>{
        {"LinkHome", R"({"urls":["https://www.corp.example/x"]})", ""},
        {"LinkElsewhere", R"({"urls":["https://other.test/x"]})", "links_lead_elsewhere"},
        {"OneLinkHomeIsEnough", R"({"urls":["https://other.test/","https://corp.example/"]})", ""},
        {"MailtoIsNoLink", R"({"urls":["mailto:bob@other.test"]})", ""},
        {"SharedHost", R"({"urls":["https://corp.example/","https://a.pages.dev/x"]})",
         "link_to_shared_host*"},
        {"BareAddress", R"({"urls":["https://corp.example/","http://192.0.2.9:81/x"]})",
         "link_to_shared_host*"},
        {"LinkToAFreeMailsSite", R"({"urls":["https://corp.example/","https://yahoo.com/"]})", ""},
        {"ShowsAnotherHost",
         R"({"links":[{"url":"https://evil.test/","text":"https://bank.example/login"}]})",
         "link_names_other_host*"},
        {"ShowsItsHost",
         R"({"links":[{"url":"https://a.bank.example/","text":"www.bank.example"}]})", ""},
        {"ShowsWords",
         R"({"links":[{"url":"https://evil.test/","text":"Read on at bank.example"}]})", ""},
        {"Pictographs", R"({"subject":"🎁 for you"})", "pictographs"},
        {"BrandInTheSubject", R"({"subject":"Your DHL parcel"})", "subject_claims_brand"},
        {"PictureOnly",
         R"({"urls":["https://corp.example/"],"has_picture":true,"visible_text":"Open"})",
         "picture_only"},
        {"PictureAndText",
         Json::object({{"urls", Json::array({"https://corp.example/"})},
                       {"has_picture", true},
                       {"visible_text", std::string(300, 'x')}})
             .dump(),
         ""},
        {"Form", R"({"asks_for_input":true})", "asks_for_input"},
        {"WrongTypes",
         R"({"urls":"x","links":[5,{"url":7}],"subject":5,"from_name":[],"rcpt_count":"0"})", ""},
    }),
    [](const auto& row) { return row.param.name; });

TEST(LureText, LeavesOutWhatIsNotSeen) {
  EXPECT_EQ(lure_text(test::json(R"({"subject":"a​b","visible_text":"c"})")), "ab\n\nc\n");
}

}  // namespace
}  // namespace decnet::lifters
