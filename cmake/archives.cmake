# Third-party libraries as archives (.a) where the system has them: potd would else keep pieces of two dozen
# shared libraries in memory, most for nothing it does (libarchive alone brings libxml2 and ICU). Without
# them, or under a sanitizer, the shared ones. Every library is one target potd_<name>.
option(POTD_STATIC_LIBRARIES "link third-party libraries statically where they are there" ON)
if(POTD_SANITIZE)
  set(POTD_STATIC_LIBRARIES OFF)
endif()

include(CheckCXXSourceCompiles)
if(CMAKE_SYSTEM_NAME STREQUAL "FreeBSD")
  # The compiler does not look below /usr/local by itself; where Boost is, the others are.
  set(POTD_THIRD_PARTY_INCLUDES ${Boost_INCLUDE_DIRS})
  set(CMAKE_REQUIRED_INCLUDES ${POTD_THIRD_PARTY_INCLUDES})
endif()

# potd_third_party(NAME PROBE source SHARED targets... ARCHIVES files... [OTHERS files...]): OTHERS are what
# the archives need and may be shared. Taken only if a program of the source PROBE links with them.
function(potd_third_party name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "PROBE" "SHARED;ARCHIVES;OTHERS")
  add_library(potd_${name} INTERFACE)
  target_include_directories(potd_${name} SYSTEM INTERFACE ${POTD_THIRD_PARTY_INCLUDES})
  set(found)
  foreach(file IN LISTS ARG_ARCHIVES ARG_OTHERS)
    string(REGEX REPLACE "^lib(.*)\\.a$" "\\1" word "${file}")
    if(file IN_LIST ARG_ARCHIVES)
      find_library(POTD_ARCHIVE_${word} NAMES ${file})
    else()
      # A library that is only needed by another may be there without what one needs to build with it.
      file(GLOB versions "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/lib${word}.so.[0-9]*")
      list(TRANSFORM versions REPLACE ".*/" "")
      find_library(POTD_ARCHIVE_${word} NAMES ${file} ${word} ${versions})
    endif()
    mark_as_advanced(POTD_ARCHIVE_${word})
    if(POTD_ARCHIVE_${word})
      list(APPEND found "${POTD_ARCHIVE_${word}}")
    endif()
  endforeach()
  if(POTD_STATIC_LIBRARIES)
    set(CMAKE_REQUIRED_LIBRARIES ${found} Threads::Threads ${CMAKE_DL_LIBS} m)
    check_cxx_source_compiles("${ARG_PROBE}" POTD_ARCHIVES_OF_${name})
  endif()
  if(POTD_STATIC_LIBRARIES AND POTD_ARCHIVES_OF_${name})
    target_link_libraries(potd_${name} INTERFACE ${found} Threads::Threads ${CMAKE_DL_LIBS} m)
  else()
    target_link_libraries(potd_${name} INTERFACE ${ARG_SHARED})
  endif()
endfunction()

potd_third_party(archive SHARED LibArchive::LibArchive
  ARCHIVES libarchive.a OTHERS libz.a libbz2.a liblzma.a libzstd.a liblz4.a libnettle.a
  PROBE "#include <archive.h>
    int main() {
      archive* it = archive_read_new();
      archive_read_support_filter_all(it);
      archive_read_support_format_tar(it);
      archive_read_support_format_cpio(it);
      return archive_read_support_format_zip(it);
    }")
potd_third_party(sqlite SHARED SQLite::SQLite3 ARCHIVES libsqlite3.a
  PROBE "#include <sqlite3.h>
    int main() { return sqlite3_initialize(); }")
potd_third_party(yaml SHARED yaml-cpp ARCHIVES libyaml-cpp.a
  PROBE "#include <yaml-cpp/yaml.h>
    int main() { return YAML::Load(\"1\").as<int>(); }")
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  potd_third_party(seccomp SHARED PkgConfig::SECCOMP ARCHIVES libseccomp.a
    PROBE "#include <seccomp.h>
      int main() { return seccomp_init(SCMP_ACT_ALLOW) == nullptr; }")
endif()

# spdlog has no archive, but can be used by its headers alone, and so can what it uses.
add_library(potd_spdlog INTERFACE)
target_include_directories(potd_spdlog SYSTEM INTERFACE ${POTD_THIRD_PARTY_INCLUDES})
set(CMAKE_REQUIRED_DEFINITIONS -DSPDLOG_FMT_EXTERNAL -DFMT_HEADER_ONLY)
set(CMAKE_REQUIRED_LIBRARIES Threads::Threads)
check_cxx_source_compiles("#include <spdlog/sinks/stdout_sinks.h>
  int main() { spdlog::sinks::stderr_sink_mt sink; sink.flush(); }" POTD_HEADERS_OF_spdlog)
if(POTD_STATIC_LIBRARIES AND POTD_HEADERS_OF_spdlog)
  target_compile_definitions(potd_spdlog INTERFACE SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)
  target_link_libraries(potd_spdlog INTERFACE Threads::Threads)
else()
  target_link_libraries(potd_spdlog INTERFACE spdlog::spdlog)
endif()
unset(CMAKE_REQUIRED_DEFINITIONS)
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_INCLUDES)
