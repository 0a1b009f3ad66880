// What the bytes of an attachment show, without opening it.
#pragma once

#include <string_view>

namespace decnet::mail {

// An Office document that carries macros: the old format with a VBA storage, or the new one with a
// vbaProject.bin among its files.
bool has_macros(std::string_view bytes);

// A ZIP, RAR or 7z archive, PDF or Office document whose content needs a password.
bool needs_password(std::string_view bytes);

// HTML whose script puts a file together and hands it to the reader.
bool smuggles_file(std::string_view html);

}  // namespace decnet::mail
