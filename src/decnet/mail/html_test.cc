#include "decnet/mail/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/base/utf8.h"

namespace decnet::mail {
namespace {

std::string links(const Html& html) {
  std::string result;
  for (const Link& link : html.links) result += "[" + link.url + "|" + link.text + "]";
  return result;
}

TEST(Html, ShowsWhatAReaderSees) {
  EXPECT_EQ(read_html("<html><head><title>t</title><style>p{}</style></head>"
                      "<p>Hello,\n  <b>you</b></p><!-- not --><script>var x='<b>'</script>!")
                .text,
            "Hello, you !");
  EXPECT_EQ(read_html("a &lt;b&gt; &amp;amp; &#65;&#x42; &uuml; &nope; & &#0; &#xD800;").text,
            "a <b> &amp; AB \xC3\xBC &nope; & &#0; &#xD800;");
  EXPECT_EQ(read_html("1 < 2 and 3 > 2").text, "1 < 2 and 3 > 2");
}

TEST(Html, FindsLinksAndWhatIsShownForThem) {
  const Html html = read_html(
      "<a class=x HREF='https://a.example/?a=1&amp;b=2'>go <b>there</b></a>"
      "<a href=https://b.example><img src=x></a><a name=top>no link</a>"
      "<area href=\"https://c.example\"><form action=\"https://d.example\"><input></form>");
  EXPECT_EQ(links(html),
            "[https://a.example/?a=1&b=2|go there][https://b.example|][https://c.example|]"
            "[https://d.example|]");
  EXPECT_TRUE(html.has_image);
  EXPECT_TRUE(html.asks_for_input);
}

TEST(Html, AnUnclosedLinkEndsWithTheNext) {
  EXPECT_EQ(links(read_html("<a href=x>one<a href=y>two")), "[x|one][y|two]");
}

TEST(Html, AGreaterSignInQuotesEndsNoTag) {
  EXPECT_EQ(links(read_html("<a title=\"a > b\" href=x>t</a>")), "[x|t]");
}

TEST(Html, KeepsScriptsApart) {
  const Html html = read_html("a<script type=x>atob('</b>')</script>b");
  EXPECT_EQ(html.text, "a b");
  EXPECT_EQ(html.script, "atob('</b>')");
}

TEST(Html, IsBounded) {
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "<a href=x>y</a>";
  EXPECT_EQ(read_html(many).links.size(), Html::kMaxLinks);
  EXPECT_LE(read_html(std::string(200'000, 'x')).text.size(), Html::kMaxTextBytes);
}

TEST(HtmlProperty, AnyBytesAreSomeHtml) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& kinds) {
    static const std::vector<std::string> kPieces = {
        "<",   ">", "</",    "<!--", "-->",  "<a href=", "\"", "'", "<script>",      "</script",
        "&#x", ";", "&amp;", "\xC3", "\xFF", " ",        "x",  "=", "<form action=", "<style>"};
    std::string text;
    for (const auto kind : kinds) text += kPieces[kind % kPieces.size()];
    const Html html = read_html(text);
    RC_ASSERT(is_valid_utf8(html.text));
    for (const Link& link : html.links) RC_ASSERT(is_valid_utf8(link.url + link.text));
  }));
}

}  // namespace
}  // namespace decnet::mail
