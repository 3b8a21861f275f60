# embed_migrations(FOLDER OUTPUT) : writes OUTPUT, which defines potd::storage::migrations() with the
# text of every NNNN_word.sql of FOLDER. The numbers must be 1, 2, 3 … without a gap.
function(embed_migrations folder output)
  file(GLOB files CONFIGURE_DEPENDS "${folder}/[0-9][0-9][0-9][0-9]_*.sql")
  list(SORT files)
  set(expected 0)
  set(rows "")
  foreach(file ${files})
    math(EXPR expected "${expected} + 1")
    get_filename_component(name "${file}" NAME)
    string(REGEX MATCH "^0*([0-9]+)_" ignored "${name}")
    if(NOT CMAKE_MATCH_1 EQUAL expected)
      message(FATAL_ERROR "${file}: migration ${expected} expected")
    endif()
    file(READ "${file}" text)
    string(APPEND rows "    Migration{${expected}, \"${name}\", R\"sql(${text})sql\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  endforeach()
  file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT [[
#include "storage/migration/migration.hpp"

#include <array>

namespace potd::storage {

// NOLINTNEXTLINE(readability-function-size): as long as the texts are
std::span<const Migration> migrations() noexcept {
    static constexpr std::array all = {
@rows@    };
    return all;
}

}  // namespace potd::storage
]])
endfunction()
