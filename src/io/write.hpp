// Files that appear whole or not at all.
#pragma once

#include <filesystem>
#include <string>

namespace dojima::io {

/// Writes beside the target and renames, so that a reader or a killed run never leaves half a file.
void write_whole(const std::filesystem::path& file, const std::string& bytes);

} // namespace dojima::io
