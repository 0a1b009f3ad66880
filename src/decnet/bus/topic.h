// Topics: dot-separated tokens, matched by patterns as NATS does.
#pragma once

#include <string_view>

namespace decnet::bus {

// Whether a topic is covered by a pattern, token by token: a literal is itself (case counts), `*`
// is exactly one non-empty token, `>` is one or more remaining tokens (whatever stands after it in
// the pattern).
bool topic_matches(std::string_view pattern, std::string_view topic);

// Whether a word may become a token of a topic: not empty, no dot, `*`, `>`, white space or control
// character, ASCII only (a frame's header is ASCII).
bool is_token(std::string_view word);

// Whether a topic may be published: tokens as is_token(), joined by single dots.
bool is_topic(std::string_view topic);

// Whether a pattern may be subscribed: as is_topic(), `*` and `>` allowed as whole tokens.
bool is_pattern(std::string_view pattern);

}  // namespace decnet::bus
