#include "decnet/follow/followed_log.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>
#include <vector>

#include "decnet/base/file.h"
#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/follow/rotation.h"
#include "decnet/importers/byte_source.h"

namespace decnet::follow {
namespace {

using importers::LinePosition;
using Got = importers::LineSource::Got;

constexpr const char* kComponent = "import";

// What will never grow had better be said at once.
Result<void> refuse_compressed(const std::string& path) {
  constexpr std::string_view kGzip = "\x1f\x8b";
  std::error_code problem;
  if (!std::filesystem::is_regular_file(path, problem)) return {};
  std::array<char, 2> magic{};
  std::ifstream(path, std::ios::binary).read(magic.data(), magic.size());
  if (std::string_view(magic.data(), magic.size()) != kGzip) return {};
  return fail(ErrorCode::kInvalid,
              fmt::format("{}: is gzip-compressed: it cannot grow; import it without --follow",
                          printable(path)));
}

// Those that nobody wrote to after that time.
std::vector<RotatedFile> written_until(std::int64_t time_ns, std::vector<RotatedFile> files) {
  std::erase_if(files, [time_ns](const RotatedFile& file) { return file.modified_ns > time_ns; });
  return files;
}

}  // namespace

Result<std::unique_ptr<FollowedLog>> FollowedLog::open(std::string path,
                                                       const std::optional<Json>& places, Now now) {
  std::unique_ptr<FollowedLog> log(new FollowedLog(std::move(path), std::move(now)));
  log->name_ = printable(log->path_);
  DECNET_CHECK(refuse_compressed(log->path_));
  DECNET_CHECK(log->resume(places.value_or(Json(Json::Array{}))));
  return log;
}

// Finds the files of an earlier process again, and what was rotated away since.
Result<void> FollowedLog::resume(const Json& places) {
  constexpr int kTimes = 10;
  for (int i = 0; i < kTimes; ++i) {
    parts_.clear();
    done_.clear();
    has_current_ = false;
    const auto current = find_again(places);
    auto begun = begin_current(current ? current->position : LinePosition{});
    if (!begun && begun.error().code == ErrorCode::kNotFound) {
      log::info(kComponent, fmt::format("{}: does not exist yet; waiting for it", name_));
      return {};
    }
    // Rotated after it was found again: what is at the path now is another file.
    if (begun && current && !parts_.back().growing->begins_with(current->head)) continue;
    return begun;
  }
  return fail(ErrorCode::kUnavailable,
              fmt::format("{}: another file each time it is looked at", name_));
}

// All of them but the one at the path: that one's place is returned.
std::optional<Place> FollowedLog::find_again(const Json& places) {
  std::int64_t newest = -1;
  std::optional<KnownFiles> known;
  std::optional<Place> current;
  for (const Json& each : places.array() == nullptr ? Json::Array{} : *places.array()) {
    if (!known) known = KnownFiles::from_json(each);
    const auto place = place_of(each);
    if (!place) continue;
    newest = std::max(newest, place->modified_ns);
    if (place->done) {
      done_.push_back(*place);
    } else if (is_file_of(*place, path_)) {
      current = place;
    } else if (const auto file = find_rotated(*place)) {
      add_rest(*file, *place);
    } else {
      log::warning(kComponent,
                   fmt::format("{}: the file that was read up to byte {} is not to be found; what "
                               "it still had is not imported",
                               name_, place->position.offset));
    }
  }
  live_ = newest >= 0;
  const auto rotated = rotated_files(path_);
  // `known` alone: nothing was there to be read.
  if ((live_ || known) && !current) {
    if (known) {
      known_ = *std::move(known);
    } else {  // places of an earlier release: only times tell what is new
      known_.note(written_until(newest, rotated));
    }
    add_whole(unread(rotated));
  }
  known_.note(rotated);
  return current;
}

// Of rotated files those that were begun and rotated away while nobody looked.
std::vector<RotatedFile> FollowedLog::unread(const std::vector<RotatedFile>& rotated) {
  std::vector<RotatedFile> found = known_.news(rotated);
  std::erase_if(found, [this](const RotatedFile& file) { return is_read(file); });
  return found;
}

// Whether a file is one that is being read, or was, by whatever name.
bool FollowedLog::is_read(const RotatedFile& file) const {
  const auto is_it = [&file](const Place& place) { return is_file_of(place, file.path); };
  return std::any_of(done_.begin(), done_.end(), is_it) ||
         std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
           return (part.growing != nullptr && part.growing->is(file.device, file.inode)) ||
                  is_it(place_of_part(part));
         });
}

void FollowedLog::add_whole(const std::vector<RotatedFile>& files) {
  std::set<std::pair<std::string_view, std::string>> added;
  for (const RotatedFile& file : files) {
    const auto head = head_of(file.path);
    if (!head) {
      log::warning(kComponent, fmt::format("{}: cannot be read; what it has is not imported",
                                           printable(file.path)));
      continue;
    }
    // One text under two names: being compressed at this moment.
    if (!added.emplace(without_compression(file.path), head->sha256).second) continue;
    add_rest(file.path, {{}, *head, file.modified_ns, false});
  }
}

// The file at the path, to be read from that position on.
Result<void> FollowedLog::begin_current(const LinePosition& position) {
  DECNET_TRY(auto file, GrowingFile::open(path_, position.offset));
  GrowingFile* const growing = file.get();
  Part part;
  part.lines = importers::lines_of(name_, std::move(file), position);
  part.growing = growing;
  parts_.push_back(std::move(part));
  has_current_ = true;
  complained_.clear();
  return {};
}

// A file that nobody writes to any more, from the place on.
void FollowedLog::add_rest(const std::string& file, const Place& place) {
  Part part;
  part.file = file;
  part.place = place;
  parts_.push_back(std::move(part));
}

// False when it is gone or cannot be read.
bool FollowedLog::open_rest(Part& part) {
  // It may have waited long, and files were renamed meanwhile.
  if (!is_file_of(part.place, part.file)) {
    part.file = find_rotated(part.place).value_or(part.file);
  }
  auto lines = importers::open_lines(part.file);
  if (!lines) {
    log::warning(kComponent, lines.error().message);
    return false;
  }
  log::info(kComponent, fmt::format("{}: reading {} from byte {}", name_, printable(part.file),
                                    part.place.position.offset));
  part.lines = *std::move(lines);
  return true;
}

std::optional<std::string> FollowedLog::find_rotated(const Place& place) const {
  auto files = rotated_files(path_);
  std::reverse(files.begin(), files.end());  // the youngest is the likeliest
  // One that is being compressed is whole under its old name until that is done.
  std::stable_partition(files.begin(), files.end(),
                        [](const RotatedFile& file) { return !is_compressed_name(file.path); });
  for (const RotatedFile& file : files) {
    if (is_file_of(place, file.path)) return file.path;
  }
  return std::nullopt;
}

Got FollowedLog::next(std::string_view& line) {
  for (;;) {
    for (std::size_t i = 0; i < parts_.size();) {
      Part& part = parts_[i];
      if (part.lines == nullptr && !open_rest(part)) {
        drop(i);
        continue;
      }
      const auto got = part.lines->next(line);
      if (got && *got == Got::kIdle) {
        ++i;
        continue;
      }
      if (!got || *got == Got::kEnd) {
        if (!got) complain(got.error().message);
        drop(i);
        continue;
      }
      part.quiet_since = now_();
      const bool known =
          part.growing == nullptr && part.lines->position().offset <= part.place.position.offset;
      if (known) continue;
      name_ = part.lines->name();
      line_number_ = part.lines->line_number();
      return *got;
    }
    if (!look()) break;
  }
  live_ = true;
  return Got::kIdle;
}

// Nothing more comes of that part.
void FollowedLog::drop(std::size_t index) {
  const Part& part = parts_[index];
  done_.push_back(place_of_part(part));
  done_.back().done = true;
  if (done_.size() > kMaxDone) done_.pop_front();
  bytes_done_ += bytes_of(part);
  if (has_current_ && index + 1 == parts_.size()) {
    // The file at the path, while it is written to: no text. Another file may be.
    struct stat status {};
    if (::stat(path_.c_str(), &status) == 0) refused_ = {status.st_dev, status.st_ino};
    has_current_ = false;
  }
  parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(index));
}

// Looks what the path leads to; true when there is more to read.
bool FollowedLog::look() {
  const bool retired = retire_quiet();
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) {
    if (errno != ENOENT) complain(system_error(name_, errno).message);
    return retired;
  }
  if (refused_ == std::pair(status.st_dev, status.st_ino)) return retired;
  refused_.reset();
  if (has_current_) {
    Part& current = parts_.back();
    if (current.growing->is(status.st_dev, status.st_ino)) {
      if (current.growing->was_rewritten()) {
        rewritten();
      } else if (status.st_size > 0 || current.lines->bytes_read() > 0 ||
                 unread(rotated_files(path_)).empty()) {
        return retired;
      } else {  // filled, copied and cut before a byte of it was read
        parts_.pop_back();
        has_current_ = false;
      }
    } else {
      current.replaced = true;
      current.quiet_since = now_();
      has_current_ = false;
      log::info(kComponent, fmt::format("{}: rotated; going on with the new file", name_));
    }
  }
  const auto rotated = rotated_files(path_);
  add_whole(unread(rotated));
  known_.note(rotated);
  if (const auto begun = begin_current({}); !begun) {
    complain(begun.error().message);
    return retired;
  }
  return true;
}

// Old files that nobody has written to for a while are at their end.
bool FollowedLog::retire_quiet() {
  bool any = false;
  std::size_t old = 0;
  for (const Part& part : parts_) old += part.replaced ? 1 : 0;
  for (Part& part : parts_) {
    if (!part.replaced) continue;
    if (old <= kMaxOld && now_() - part.quiet_since < kLinger) continue;
    --old;
    part.replaced = false;
    part.growing->finish();
    any = true;
  }
  return any;
}

// The file was cut or written anew where it is. Before that it may have been copied.
void FollowedLog::rewritten() {
  const Place place = place_of_part(parts_.back());
  bytes_done_ += bytes_of(parts_.back());
  parts_.pop_back();
  has_current_ = false;
  if (const auto copy = find_rotated(place)) {
    add_rest(*copy, place);
    return;
  }
  log::warning(kComponent,
               fmt::format("{}: was cut or written anew, and there is no copy of what it was: what "
                           "came after byte {} and was not read by then is lost",
                           name_, place.position.offset));
}

std::uint64_t FollowedLog::bytes_of(const Part& part) {
  return part.lines == nullptr ? 0 : part.lines->bytes_read();
}

Place FollowedLog::place_of_part(const Part& part) {
  if (part.growing != nullptr) {
    return {part.lines->position(), part.growing->head(), part.growing->modified_ns(), false};
  }
  Place place = part.place;
  if (part.lines != nullptr && part.lines->position().offset > place.position.offset) {
    place.position = part.lines->position();
  }
  return place;
}

Json FollowedLog::places() const {
  Json::Array all{known_.to_json()};
  for (const Part& part : parts_) {
    const Place place = place_of_part(part);
    if (place.head.size > 0) all.push_back(to_json(place));
  }
  // A new file of which nothing was read is not known again; the one before it is.
  if (all.size() == 1 && !done_.empty()) all.push_back(to_json(done_.back()));
  return all;
}

std::uint64_t FollowedLog::bytes_read() const {
  std::uint64_t bytes = bytes_done_;
  for (const Part& part : parts_) bytes += bytes_of(part);
  return bytes;
}

void FollowedLog::complain(const std::string& what) {
  if (what == complained_) return;
  complained_ = what;
  log::warning(kComponent, what);
}

}  // namespace decnet::follow
