#include "decnet/mail/message.h"

#include <fmt/format.h>
#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/mail/authentication.h"

namespace decnet::mail {
namespace {

constexpr std::size_t kMaxHeaderBytes = std::size_t{16} << 10;  // of one, decoded
// The parser compares every line that begins with "--" with the boundaries of all open multiparts.
constexpr std::size_t kMaxMultiparts = 100;

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

std::string clean(const char* text, std::size_t limit = kMaxHeaderBytes) {
  return text == nullptr ? std::string() : to_valid_utf8(std::string_view(text).substr(0, limit));
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_domain_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '-' || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Of the domain of the last address in a header's value: senders write what no address grammar
// takes, and the last address is the one that programs show.
std::string last_domain(std::string_view value) {
  const std::size_t at = value.rfind('@');
  if (at == std::string_view::npos) return {};
  std::size_t end = at + 1;
  while (end < value.size() && is_domain_character(value[end])) ++end;
  std::string domain = lower(value.substr(at + 1, end - at - 1));
  while (domain.ends_with('.')) domain.pop_back();
  return domain;
}

// What stands before the @ of that address.
std::string last_mailbox(std::string_view value) {
  const std::size_t at = value.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::size_t before = value.substr(0, at).find_last_of(" \t<>\"'(),:;");
  return std::string(value.substr(before == std::string_view::npos ? 0 : before + 1,
                                  before == std::string_view::npos ? at : at - before - 1));
}

// What stands before the address, without quotes.
std::string name_before_address(std::string_view value) {
  const std::size_t angle = value.rfind('<');
  if (angle == std::string_view::npos) return {};
  value = value.substr(0, angle);
  constexpr std::string_view kAround = " \t\r\n\"'";
  const std::size_t begin = value.find_first_not_of(kAround);
  if (begin == std::string_view::npos) return {};
  return std::string(value.substr(begin, value.find_last_not_of(kAround) - begin + 1));
}

std::string header(GMimeObject* object, const char* name) {
  return clean(g_mime_object_get_header(object, name));
}

std::vector<std::string> recipients_of(GMimeMessage* message) {
  std::vector<std::string> recipients;
  for (const GMimeAddressType type : {GMIME_ADDRESS_TYPE_TO, GMIME_ADDRESS_TYPE_CC}) {
    InternetAddressList* list = g_mime_message_get_addresses(message, type);
    const int count = list == nullptr ? 0 : internet_address_list_length(list);
    for (int i = 0; i < count && recipients.size() < kMaxParts; ++i) {
      InternetAddress* address = internet_address_list_get_address(list, i);
      if (!INTERNET_ADDRESS_IS_MAILBOX(address)) continue;
      recipients.push_back(
          lower(clean(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)))));
    }
  }
  return recipients;
}

std::string decoded_bytes(GMimePart* part) {
  GMimeDataWrapper* content = g_mime_part_get_content(part);
  if (content == nullptr) return {};
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  if (g_mime_data_wrapper_write_to_stream(content, stream.get()) < 0) return {};
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  if (bytes == nullptr || bytes->data == nullptr) return {};
  return std::string(reinterpret_cast<const char*>(bytes->data), bytes->len);
}

std::string decoded_text(GMimePart* part) {
  if (GMIME_IS_TEXT_PART(part)) {
    char* text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    if (text != nullptr) {
      std::string result = to_valid_utf8(text);
      g_free(text);
      return result;
    }
  }
  return to_valid_utf8(decoded_bytes(part));
}

// The parts of a message in the order they stand in it.
class Walk {
 public:
  explicit Walk(Message& message) : message_(message) {}

  void visit(GMimeObject* object, std::size_t depth) {
    if (object == nullptr || depth > kMaxDepth || ++parts_ > kMaxParts) return;
    if (GMIME_IS_MULTIPART(object)) {
      GMimeMultipart* multipart = GMIME_MULTIPART(object);
      const int count = g_mime_multipart_get_count(multipart);
      for (int i = 0; i < count && parts_ <= kMaxParts; ++i) {
        visit(g_mime_multipart_get_part(multipart, i), depth + 1);
      }
    } else if (GMIME_IS_MESSAGE_PART(object)) {
      GMimeMessage* inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
      if (inner != nullptr) visit(g_mime_message_get_mime_part(inner), depth + 1);
    } else if (GMIME_IS_PART(object)) {
      leaf(GMIME_PART(object));
    }
  }

 private:
  void leaf(GMimePart* part) {
    GMimeContentType* type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    const std::string name = clean(g_mime_part_get_filename(part));
    const bool attached = g_mime_part_is_attachment(part) != 0 || !name.empty();
    if (!attached && g_mime_content_type_is_type(type, "text", "plain") != 0) {
      if (!message_.plain) message_.plain = decoded_text(part);
    } else if (!attached && g_mime_content_type_is_type(type, "text", "html") != 0) {
      if (!message_.html) message_.html = decoded_text(part);
    } else if (attached) {
      message_.attachments.push_back({name, decoded_bytes(part)});
    }
  }

  Message& message_;
  std::size_t parts_ = 0;
};

// The library's own set-up, which is not safe to run twice at once.
void initialise() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

std::size_t multiparts_in(std::string_view bytes) {
  constexpr std::string_view kWord = "multipart/";
  std::size_t count = 0;
  for (std::size_t at = 0; (at = bytes.find('/', at)) != std::string_view::npos; ++at) {
    if (at + 1 < kWord.size()) continue;
    if (lower(bytes.substr(at + 1 - kWord.size(), kWord.size())) == kWord) ++count;
  }
  return count;
}

// Mailbox files begin a message with a line of their own.
std::string_view without_mailbox_line(std::string_view bytes) {
  if (!bytes.starts_with("From ")) return bytes;
  const std::size_t end = bytes.find('\n');
  return end == std::string_view::npos ? std::string_view() : bytes.substr(end + 1);
}

}  // namespace

Result<Message> read_message(std::string_view bytes) {
  if (bytes.size() > kMaxMessageBytes) {
    return fail(ErrorCode::kInvalid,
                fmt::format("the message is larger than {} bytes", kMaxMessageBytes));
  }
  if (multiparts_in(bytes) > kMaxMultiparts) {
    return fail(ErrorCode::kInvalid,
                fmt::format("the message has more than {} multiparts", kMaxMultiparts));
  }
  initialise();
  bytes = without_mailbox_line(bytes);
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Owned<GMimeMessage> parsed(g_mime_parser_construct_message(parser.get(), nullptr));
  Message message;
  if (parsed == nullptr) return message;
  GMimeObject* object = GMIME_OBJECT(parsed.get());

  message.has_subject = g_mime_object_get_header(object, "Subject") != nullptr;
  message.subject = header(object, "Subject");
  const std::string from = header(object, "From");
  message.from_name = name_before_address(from);
  message.from_mailbox = last_mailbox(from);
  message.from_domain = last_domain(from);
  message.reply_to_domain = last_domain(header(object, "Reply-To"));
  message.return_path_domain = last_domain(header(object, "Return-Path"));
  message.x_mailer = header(object, "X-Mailer");
  message.recipients = recipients_of(parsed.get());
  message.authentication =
      read_authentication(header(object, "Authentication-Results"), header(object, "Received-SPF"));
  Walk(message).visit(g_mime_message_get_mime_part(parsed.get()), 0);
  return message;
}

}  // namespace decnet::mail
