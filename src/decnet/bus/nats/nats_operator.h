// What an operator of a NATS server hands out, for tests: a configuration that lets in nobody but
// the users of one account, and a user's credentials file. (docs.nats.io: JWT authentication; keys
// are Ed25519 in base32, claims are JSON web tokens signed with them.)
#pragma once

#include <string>

namespace decnet::bus::test {

struct NatsOperator {
  std::string server_settings;  // operator, system account, resolver with the accounts
  std::string credentials;      // what a .creds file holds: the user's token and seed
  std::string stranger;         // the same of a user whom another operator's account signed
};

// With new keys each time.
NatsOperator make_nats_operator();

}  // namespace decnet::bus::test
