#include "decnet/worker/topics.h"

#include <gtest/gtest.h>

namespace decnet::worker {
namespace {

struct KindCase {
  const char* topic;
  const char* type;
  const char* kind;
};

class SourceKindOf : public testing::TestWithParam<KindCase> {};

TEST_P(SourceKindOf, FollowsTheTopic) {
  EXPECT_EQ(source_kind_of(GetParam().topic, GetParam().type), GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    Topics, SourceKindOf,
    testing::Values(KindCase{"attacker.session.ended", "session.ended", "session"},
                    KindCase{"attacker.session.ended", "", "session"},
                    KindCase{"attacker.session.ended", "email", "session"},
                    KindCase{"attacker.observed", "observed", "session"},
                    KindCase{"attacker.intel.enriched", "intel.enriched", "intel"},
                    KindCase{"identity.formed", "formed", "identity"},
                    KindCase{"identity.merged", "merged", "identity"},
                    KindCase{"credential.reuse.detected", "reuse.detected", "credential"},
                    KindCase{"email.received", "received", "email"},
                    KindCase{"canary.c0ffee.triggered", "", "canary_fingerprint"},
                    KindCase{"canary.c0ffee.placed", "", ""},
                    KindCase{"canary.c0ffee.revoked", "", ""},
                    KindCase{"canary.c0ffee.placed", "canary_fingerprint", ""},
                    KindCase{"canary.a.b.triggered", "command", ""},
                    KindCase{"attacker.fingerprinted", "ipv6_leak", "ipv6_leak"},
                    KindCase{"attacker.fingerprinted", "http_fingerprint", "http_fingerprint"},
                    KindCase{"attacker.fingerprinted", "jarm", "jarm"},
                    KindCase{"attacker.fingerprinted", "", ""}));

}  // namespace
}  // namespace decnet::worker
