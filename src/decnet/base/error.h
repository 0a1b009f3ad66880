// Errors are values: a Result<T> is a T or an Error, and whoever decides what happens next either
// returns the error or reports it, once.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace decnet {

// What the caller can do about it, not where it came from.
enum class ErrorCode {
  kInvalid,      // the input is wrong; the same call will fail again
  kNotFound,     // the thing named does not exist
  kConflict,     // someone else changed it first; read it again and decide
  kUnavailable,  // a server, file or disk did not answer; the same call may work later
  kInternal,     // one of our own promises is broken: a bug
};

std::string_view to_string(ErrorCode code);

// One sentence for an operator: what failed, on what, why. No trailing full stop or line feed.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  // The same error seen from further out: "<context>: <message>".
  [[nodiscard]] Error in(std::string_view context) const;
};

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

// `return fail(ErrorCode::kInvalid, fmt::format(…));` in a function that returns any Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace decnet

#define DECNET_CONCAT_INNER(a, b) a##b
#define DECNET_CONCAT(a, b) DECNET_CONCAT_INNER(a, b)
#define DECNET_TRY_INNER(result, declaration, ...)               \
  auto result = (__VA_ARGS__);                                   \
  if (!result) return ::decnet::fail(std::move(result).error()); \
  declaration = *std::move(result)

// DECNET_TRY(const auto text, read_file(path)); unwraps the value or returns the error.
#define DECNET_TRY(declaration, ...) \
  DECNET_TRY_INNER(DECNET_CONCAT(decnet_try_, __COUNTER__), declaration, __VA_ARGS__)

// DECNET_CHECK(save(tags)); returns the error of a Result<void>.
#define DECNET_CHECK_INNER(result, ...) \
  if (auto result = (__VA_ARGS__); !result) return ::decnet::fail(std::move(result).error())
#define DECNET_CHECK(...) DECNET_CHECK_INNER(DECNET_CONCAT(decnet_check_, __COUNTER__), __VA_ARGS__)
